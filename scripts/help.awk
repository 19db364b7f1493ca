# Prints the targets of a Makefile that explain themselves:
#   "##@ Heading" opens a group, and "target: ... ## Sentence" is a line of it.

BEGIN {
    FS = ":.*## "
    colour = terminal && !("NO_COLOR" in ENVIRON) && ENVIRON["TERM"] != "dumb"
    bold = colour ? "\033[1m" : ""; cyan = colour ? "\033[36m" : ""; plain = colour ? "\033[0m" : ""
    printf "\n%sWatchbill%s  the techops platform that a team runs itself\n", bold, plain
}
/^##@ / { printf "\n%s%s%s\n", bold, substr($0, 5), plain }
/^[a-z-]+:.*## / { printf "  %smake %-11s%s %s\n", cyan, $1, plain, $2 }
END { printf "\nOne test: .venv/bin/pytest -n0 tests/architecture -k clock\n\n" }
