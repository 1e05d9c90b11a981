/* expect: warn | WARNING: ODEBUG: free active (active state 0) object: ADDR object type: timer_list hint: on_timer | deed
 */
#include "trigger.h"
#include <linux/timer.h>

static void on_timer(struct timer_list *unused)
{
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	timer_setup(timer, on_timer, 0);
	mod_timer(timer, jiffies + 100 * HZ);
	kfree(timer);
	return 0;
}
