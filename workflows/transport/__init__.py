"""How lithium and oxygen move: dynamics on a ladder of temperatures, migration barriers."""
