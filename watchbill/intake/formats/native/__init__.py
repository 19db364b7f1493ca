"""Watchbill's own batch route: many events in one request, one JSON object a line. The quickest way in."""
