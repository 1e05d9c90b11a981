/* expect: lockdep | inconsistent lock state | on_timer
 */
#include "trigger.h"
#include <linux/completion.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static DEFINE_SPINLOCK(lock);
static DECLARE_COMPLETION(fired);

static void on_timer(struct timer_list *unused)
{
	spin_lock(&lock);
	spin_unlock(&lock);
	complete(&fired);
}
static DEFINE_TIMER(timer, on_timer);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	spin_lock(&lock); /* not spin_lock_bh */
	spin_unlock(&lock);
	mod_timer(&timer, jiffies + 1);
	wait_for_completion(&fired);
	return 0;
}
