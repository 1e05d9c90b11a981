/* steps: load; write; unload
 */
#include "trigger.h"
#include <linux/timer.h>

static void on_timer(struct timer_list *unused)
{
}
static DEFINE_TIMER(timer, on_timer);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	mod_timer(&timer, jiffies + 100 * HZ); /* and nobody stops it before the unload */
	return 0;
}
