/* expect: lockdep | inconsistent lock state | on_interrupt
 * expect: atomic-sleep | sleeping function called from invalid context at include/linux/sched/mm.h:* | on_interrupt
 */
#include "trigger.h"
#include <linux/interrupt.h>

/* The course's own interrupt (TP4): the handler allocates as if it could sleep. */
static irqreturn_t on_interrupt(int irq, void *unused)
{
	kfree(kmalloc(16, GFP_KERNEL));
	return IRQ_HANDLED;
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	int failed = request_irq(11, on_interrupt, IRQF_SHARED, KBUILD_MODNAME, &trigger);

	if (failed)
		return failed;
	asm volatile("int $0x3B");
	free_irq(11, &trigger);
	return 0;
}
