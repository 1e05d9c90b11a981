/* steps: load; write; close; unload; words end trace|Fatal exception
 * expect: oops | bad memory access (page fault) in a call from hrtimer_interrupt | (address)
 */
#include "trigger.h"
#include <linux/hrtimer.h>

static enum hrtimer_restart on_timer(struct hrtimer *unused)
{
	return HRTIMER_NORESTART;
}

/* In memory of its own, so that only the code is gone when it fires. */
static noinline ssize_t deed(const char __user *text, size_t length)
{
	struct hrtimer *kept = kzalloc(sizeof(*kept), GFP_KERNEL);

	hrtimer_init(kept, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	kept->function = on_timer;
	hrtimer_start(kept, ms_to_ktime(2000), HRTIMER_MODE_REL_HARD);
	return 0;
}
