"""What looks at the workflows and at secrets in the history: actionlint, zizmor and gitleaks, each pinned."""
