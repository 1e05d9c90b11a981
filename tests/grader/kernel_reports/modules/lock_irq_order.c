/* expect: lockdep | HARDIRQ-safe -> HARDIRQ-unsafe lock order detected | deed
 */
#include "trigger.h"
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(outer); /* taken by the interrupt */
static DEFINE_SPINLOCK(inner); /* not interrupt-safe, but taken inside outer */
static DECLARE_COMPLETION(fired);
static struct hrtimer timer;

static enum hrtimer_restart on_interrupt(struct hrtimer *unused)
{
	spin_lock(&outer);
	spin_unlock(&outer);
	complete(&fired);
	return HRTIMER_NORESTART;
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = on_interrupt;
	hrtimer_start(&timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	wait_for_completion(&fired);
	spin_lock(&inner);
	spin_unlock(&inner);
	spin_lock_irq(&outer);
	spin_lock(&inner);
	spin_unlock(&inner);
	spin_unlock_irq(&outer);
	return 0;
}
