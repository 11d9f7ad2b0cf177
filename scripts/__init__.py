"""Set-up, services and the demo of one machine. `make help` lists what they are called by."""
