# The same two commands for those who type make.
.PHONY: run test
run:
	@sh run
test:
	@sh test
