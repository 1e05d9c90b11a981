/* expect: atomic-sleep | scheduling while atomic | deed
 * expect: atomic-sleep | sleeping function called from invalid context at kernel/task_work.c:* | -
 * expect: atomic-sleep | scheduling while atomic | -
 */
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
