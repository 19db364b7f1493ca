"""PagerDuty Events v2: trigger, acknowledge and resolve. The wire that most monitors already speak."""
