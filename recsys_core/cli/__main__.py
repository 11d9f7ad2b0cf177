from recsys_core.cli import main

main()
