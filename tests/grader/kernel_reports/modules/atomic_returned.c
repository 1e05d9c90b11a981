#include "trigger.h"
#include <linux/preempt.h>

/* Forgets to turn preemption on again: the report comes from elsewhere, later. */
static noinline ssize_t deed(const char __user *text, size_t length)
{
	preempt_disable();
	schedule();
	preempt_enable();
	return 0;
}
