"""What Watchbill costs, side by side with peers. README.md explains each figure; `python -m bench` measures them all."""
