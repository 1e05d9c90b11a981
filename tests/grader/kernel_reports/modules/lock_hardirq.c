/* expect: lockdep | inconsistent lock state | on_interrupt
 */
#include "trigger.h"
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);
static DECLARE_COMPLETION(fired);
static struct hrtimer timer;

static enum hrtimer_restart on_interrupt(struct hrtimer *unused)
{
	spin_lock(&lock);
	spin_unlock(&lock);
	complete(&fired);
	return HRTIMER_NORESTART;
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	spin_lock(&lock); /* not spin_lock_irq */
	spin_unlock(&lock);
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = on_interrupt;
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	wait_for_completion(&fired);
	return 0;
}
