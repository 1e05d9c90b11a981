/* steps: load; set /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout 3; write; words detected stalls; words </TASK>
 * expect: stall | rcu_preempt detected stalls in deed | deed
 */
#include "trigger.h"
#include <linux/rcupdate.h>

static volatile int stop;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	rcu_read_lock();
	while (!stop)
		cpu_relax();
	rcu_read_unlock();
	return 0;
}
