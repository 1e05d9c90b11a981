#include "trigger.h"

/* Says things that look like trouble, and looks at its own stack. None of it is a report. */
static noinline ssize_t deed(const char __user *text, size_t length)
{
	pr_info("BUG: the ring is full\n");
	pr_info("WARNING: %zu bytes\n", length);
	pr_info("INFO: head is at %d\n", 3);
	pr_err("Oops, nothing there\n");
	pr_info("irq 11 is ours; object size 16\n");
	msleep(50);
	return 0;
}
