// SPDX-License-Identifier: GPL-2.0
/*
 * Reference solution of TP4: the blocking channel of TP3, and an interrupt on line 11 that
 * releases every blocked task with EIO. Writing to asee_interrupt raises it.
 */
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define LINE 11 /* its vector is 0x30 + 11 */
#define MAX_SIZE 4096

/* Protects the five below. The handler takes it too, so it is held with interrupts off. */
static DEFINE_SPINLOCK(lock);
static char ring[MAX_SIZE]; /* of which no more than `size` are in use */
static size_t head;	    /* the oldest character */
static size_t count;
static size_t size = 16;
static unsigned int interrupts; /* a task that sees it change gives up */

/* Whoever is blocked waits here and looks again whenever something changed. */
static DECLARE_WAIT_QUEUE_HEAD(changed);

static irqreturn_t asee_handler(int line, void *id)
{
	spin_lock(&lock);
	interrupts++;
	spin_unlock(&lock);
	wake_up_interruptible_all(&changed);
	return IRQ_HANDLED;
}

static ssize_t asee_read(struct file *file, char __user *user, size_t length, loff_t *offset)
{
	char out[64];
	unsigned int before;
	size_t n = 0;
	int err;

	if (!length)
		return 0;
	spin_lock_irq(&lock);
	before = interrupts;
	err = wait_event_interruptible_lock_irq(changed, count || interrupts != before, lock);
	if (!err && interrupts != before)
		err = -EIO;
	for (; !err && count && n < length && n < sizeof(out); count--) {
		out[n++] = ring[head];
		head = (head + 1) % MAX_SIZE;
	}
	spin_unlock_irq(&lock);
	if (err)
		return err;
	wake_up_interruptible_all(&changed);
	return copy_to_user(user, out, n) ? -EFAULT : n;
}

static ssize_t asee_write(struct file *file, const char __user *user, size_t length, loff_t *offset)
{
	unsigned int before = READ_ONCE(interrupts);
	size_t done;

	for (done = 0; done < length; done++) {
		int err;
		char c;

		if (get_user(c, user + done))
			return done ? done : -EFAULT;
		if (c == '\n' && done == length - 1) /* the newline that echo adds */
			return length;
		spin_lock_irq(&lock);
		err = wait_event_interruptible_lock_irq(
			changed, count < size || interrupts != before, lock);
		if (!err && interrupts != before)
			err = -EIO;
		if (!err)
			ring[(head + count++) % MAX_SIZE] = c;
		spin_unlock_irq(&lock);
		if (err)
			return done ? done : err;
		wake_up_interruptible_all(&changed);
	}
	return length;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static struct miscdevice asee_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *text)
{
	return sysfs_emit(text, "%zu\n", READ_ONCE(size));
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *text, size_t length)
{
	size_t wanted;
	bool fits;

	if (kstrtoul(text, 10, &wanted) || wanted < 1 || wanted > MAX_SIZE)
		return -EINVAL;
	spin_lock_irq(&lock);
	fits = wanted >= count;
	if (fits)
		size = wanted;
	spin_unlock_irq(&lock);
	wake_up_interruptible_all(&changed);
	return fits ? length : -EBUSY;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *text)
{
	return sysfs_emit(text, "%zu\n", READ_ONCE(count));
}

static ssize_t asee_interrupt_store(struct kobject *kobj, struct kobj_attribute *attr,
				    const char *text, size_t length)
{
	asm volatile("int $0x3B");
	return length;
}

static struct kobj_attribute attributes[] = {
	__ATTR_RW(asee_buf_size),
	__ATTR_RO(asee_buf_count),
	__ATTR_WO(asee_interrupt),
};
static struct kobject *kobj;

static int __init asee_init(void)
{
	int err = request_irq(LINE, asee_handler, 0, "asee_mod", NULL);
	size_t i;

	if (err)
		return err;
	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj)
		err = -ENOMEM;
	for (i = 0; !err && i < ARRAY_SIZE(attributes); i++)
		err = sysfs_create_file(kobj, &attributes[i].attr);
	if (!err)
		err = misc_register(&asee_device);
	if (err) {
		kobject_put(kobj); /* and its files with it */
		free_irq(LINE, NULL);
	}
	return err;
}

static void __exit asee_exit(void)
{
	misc_deregister(&asee_device);
	kobject_put(kobj);
	free_irq(LINE, NULL);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("TP4 reference: the blocking channel, released by an interrupt");
