/* expect: lockdep | inconsistent lock state | on_timer
 * expect: atomic-sleep | sleeping function called from invalid context at include/linux/sched/mm.h:* | on_timer
 */
#include "trigger.h"
#include <linux/completion.h>
#include <linux/timer.h>

static DECLARE_COMPLETION(fired);

static void on_timer(struct timer_list *unused)
{
	kfree(kmalloc(16, GFP_KERNEL));
	complete(&fired);
}
static DEFINE_TIMER(timer, on_timer);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	mod_timer(&timer, jiffies + 1);
	wait_for_completion(&fired);
	return 0;
}
