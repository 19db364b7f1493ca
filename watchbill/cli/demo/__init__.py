"""`watchbill demo`: a whole Watchbill with a made-up team, started here and shown at work. See README.md."""
