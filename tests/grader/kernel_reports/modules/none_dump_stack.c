#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	pr_info("this is how we get here:\n");
	dump_stack();
	return 0;
}
