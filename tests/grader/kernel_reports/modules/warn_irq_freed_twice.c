/* expect: warn | WARNING: Trying to free already-free IRQ 11 | deed
 */
#include "trigger.h"
#include <linux/interrupt.h>

static irqreturn_t on_interrupt(int irq, void *unused)
{
	return IRQ_HANDLED;
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	int failed = request_irq(11, on_interrupt, IRQF_SHARED, KBUILD_MODNAME, &trigger);

	if (failed)
		return failed;
	free_irq(11, &trigger);
	free_irq(11, &trigger);
	return 0;
}
