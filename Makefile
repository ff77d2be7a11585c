# The same two commands for those who type make.
.PHONY: run test audit
run:
	@sh run
test:
	@sh test
# Known faults of the pinned packages; asks the list of advisories, from an environment of its own.
audit:
	@python3 -m venv .venv-audit
	@.venv-audit/bin/python -m pip install --quiet pip-audit==2.10.1
	@cat requirements.txt requirements-dev.txt constraints.txt | sed -e '/^-/d' -e 's/;.*//' >.venv-audit/pinned.txt
	@.venv-audit/bin/pip-audit --disable-pip --no-deps --strict --requirement .venv-audit/pinned.txt
