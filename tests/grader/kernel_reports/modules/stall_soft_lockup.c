/* steps: load; set /proc/sys/kernel/watchdog_thresh 2; write; words soft lockup; words </TASK>
 * expect: stall | soft lockup in deed | deed
 */
#include "trigger.h"

static volatile int stop;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	preempt_disable();
	while (!stop)
		cpu_relax();
	preempt_enable();
	return 0;
}
