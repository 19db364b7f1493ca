"""The commands with which people look at who is on duty and change it. See README.md."""
