// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define ASEE_IRQ 11
#define ASEE_MAX_SIZE 65536

/* The interrupt handler takes the lock as well: irqsave everywhere else. */
static struct {
	spinlock_t lock;
	u8 *ring;
	u32 size, start, count;
	unsigned long irqs;
	wait_queue_head_t rq, wq;
	struct kobject *kobj;
} asee = {
	.lock = __SPIN_LOCK_UNLOCKED(asee.lock),
	.size = 16,
	.rq = __WAIT_QUEUE_HEAD_INITIALIZER(asee.rq),
	.wq = __WAIT_QUEUE_HEAD_INITIALIZER(asee.wq),
};

static irqreturn_t asee_interrupt(int irq, void *dev)
{
	unsigned long flags;

	spin_lock_irqsave(&asee.lock, flags);
	asee.irqs++;
	spin_unlock_irqrestore(&asee.lock, flags);

	wake_up_all(&asee.rq);
	wake_up_all(&asee.wq);
	return IRQ_HANDLED;
}

static bool readable(unsigned long irqs)
{
	unsigned long flags;
	bool yes;

	spin_lock_irqsave(&asee.lock, flags);
	yes = asee.count > 0 || asee.irqs != irqs;
	spin_unlock_irqrestore(&asee.lock, flags);
	return yes;
}

static bool writable(unsigned long irqs)
{
	unsigned long flags;
	bool yes;

	spin_lock_irqsave(&asee.lock, flags);
	yes = asee.count < asee.size || asee.irqs != irqs;
	spin_unlock_irqrestore(&asee.lock, flags);
	return yes;
}

static ssize_t asee_read(struct file *file, char __user *ubuf, size_t len, loff_t *ppos)
{
	u8 tmp[128];
	unsigned long flags, irqs;
	size_t n, i;

	if (!len)
		return 0;

	spin_lock_irqsave(&asee.lock, flags);
	irqs = asee.irqs;
	while (!asee.count) {
		spin_unlock_irqrestore(&asee.lock, flags);
		if (wait_event_interruptible(asee.rq, readable(irqs)))
			return -ERESTARTSYS;
		spin_lock_irqsave(&asee.lock, flags);
		if (asee.irqs != irqs) {
			spin_unlock_irqrestore(&asee.lock, flags);
			return -EINTR;
		}
	}
	n = min3(len, (size_t)asee.count, sizeof(tmp));
	for (i = 0; i < n; i++) {
		tmp[i] = asee.ring[asee.start];
		if (++asee.start == asee.size)
			asee.start = 0;
	}
	asee.count -= n;
	spin_unlock_irqrestore(&asee.lock, flags);

	wake_up(&asee.wq);
	if (copy_to_user(ubuf, tmp, n))
		return -EFAULT;
	return n;
}

static ssize_t asee_write(struct file *file, const char __user *ubuf, size_t len, loff_t *ppos)
{
	u8 *tmp = kmalloc(128, GFP_KERNEL);
	unsigned long flags, irqs;
	size_t done = 0;
	size_t n, i;

	if (!tmp)
		return -ENOMEM;
	spin_lock_irqsave(&asee.lock, flags);
	irqs = asee.irqs;
	spin_unlock_irqrestore(&asee.lock, flags);

	while (done < len) {
		n = min_t(size_t, len - done, 128);
		if (copy_from_user(tmp, ubuf + done, n)) {
			kfree(tmp);
			return done ? done : -EFAULT;
		}

		i = 0;
		while (i < n) {
			spin_lock_irqsave(&asee.lock, flags);
			if (asee.irqs != irqs) {
				spin_unlock_irqrestore(&asee.lock, flags);
				return done + i ? done + i : -EINTR;
			}
			for (; i < n && asee.count < asee.size; i++, asee.count++)
				asee.ring[(asee.start + asee.count) % asee.size] = tmp[i];
			spin_unlock_irqrestore(&asee.lock, flags);
			wake_up(&asee.rq);

			if (i < n && wait_event_interruptible(asee.wq, writable(irqs))) {
				kfree(tmp);
				return done + i ? done + i : -ERESTARTSYS;
			}
		}
		done += n;
	}
	kfree(tmp);
	return done;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
	.llseek = noop_llseek,
};

static struct miscdevice asee_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
	.mode = 0666,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(asee.size));
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a, const char *page,
				   size_t len)
{
	unsigned long flags;
	u32 size, i;
	u8 *ring;
	int err;

	err = kstrtou32(page, 0, &size);
	if (err)
		return err;
	if (!size || size > ASEE_MAX_SIZE)
		return -ERANGE;

	ring = kvmalloc(size, GFP_KERNEL);
	if (!ring)
		return -ENOMEM;

	spin_lock_irqsave(&asee.lock, flags);
	if (size < asee.count) {
		err = -EBUSY;
	} else {
		for (i = 0; i < asee.count; i++)
			ring[i] = asee.ring[(asee.start + i) % asee.size];
		swap(asee.ring, ring);
		asee.size = size;
		asee.start = 0;
	}
	spin_unlock_irqrestore(&asee.lock, flags);
	kvfree(ring); /* the one that is not used */

	if (err) {
		pr_err("a size of %u is too small now\n", size);
		return err;
	}
	wake_up(&asee.wq);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(asee.count));
}

static ssize_t interrupt_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sysfs_emit(page, "%lu\n", READ_ONCE(asee.irqs));
}

static ssize_t interrupt_store(struct kobject *k, struct kobj_attribute *a, const char *page,
			       size_t len)
{
	asm volatile("int %0" : : "i" (0x30 + ASEE_IRQ));
	return len;
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static struct kobj_attribute interrupt_attr = __ATTR(interrupt, 0660, interrupt_show,
						      interrupt_store);

static struct attribute *asee_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	&interrupt_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(asee);

static int __init asee_init(void)
{
	int err = -ENOMEM;

	asee.ring = kvmalloc(asee.size, GFP_KERNEL);
	if (!asee.ring)
		return -ENOMEM;
	asee.kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee.kobj)
		goto ring;
	err = request_irq(ASEE_IRQ, asee_interrupt, IRQF_SHARED, "asee_mod", &asee);
	if (err)
		goto kobj;
	err = sysfs_create_groups(asee.kobj, asee_groups);
	if (err)
		goto irq;
	err = misc_register(&asee_misc);
	if (err)
		goto groups;
	return 0;

groups:
	sysfs_remove_groups(asee.kobj, asee_groups);
irq:
	free_irq(ASEE_IRQ, &asee);
kobj:
	kobject_put(asee.kobj);
ring:
	kvfree(asee.ring);
	return err;
}

static void __exit asee_exit(void)
{
	misc_deregister(&asee_misc);
	sysfs_remove_groups(asee.kobj, asee_groups);
	free_irq(ASEE_IRQ, &asee);
	kobject_put(asee.kobj);
	kvfree(asee.ring);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("Groupe 3");
MODULE_DESCRIPTION("ASEE TP4");
