"""iCalendar: calendars of elsewhere in, feeds of ours out. Pure; who fetches and who asks is elsewhere."""
