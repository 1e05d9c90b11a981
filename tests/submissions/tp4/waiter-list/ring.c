// SPDX-License-Identifier: GPL-2.0
/*
 * TP4 without wait queues: every blocked task stands in a list, and whoever has something for it
 * wakes it by name. The interrupt says so to each of them and wakes it.
 */
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

struct waiter {
	struct list_head entry;
	struct task_struct *task;
	bool interrupted;
};

static DEFINE_SPINLOCK(lock); /* everything down to the empty line */
static LIST_HEAD(readers);
static LIST_HEAD(writers);
static char *ring;
static unsigned int size = 16;
static unsigned int from;
static unsigned int count;

static void wake_list(struct list_head *list)
{
	struct waiter *w;

	list_for_each_entry(w, list, entry)
		wake_up_process(w->task);
}

/* Called with the lock, returns with it. Not 0: the task shall give up. */
static int block(struct list_head *list)
{
	struct waiter me = { .task = current };

	list_add_tail(&me.entry, list);
	set_current_state(TASK_INTERRUPTIBLE);
	spin_unlock_irq(&lock);

	if (!signal_pending(current))
		schedule();

	spin_lock_irq(&lock);
	__set_current_state(TASK_RUNNING);
	list_del(&me.entry);
	if (me.interrupted)
		return -EIO;
	return signal_pending(current) ? -ERESTARTSYS : 0;
}

static irqreturn_t ring_irq(int irq, void *dev_id)
{
	struct waiter *w;

	spin_lock(&lock);
	list_for_each_entry(w, &readers, entry)
		w->interrupted = true;
	list_for_each_entry(w, &writers, entry)
		w->interrupted = true;
	wake_list(&readers);
	wake_list(&writers);
	spin_unlock(&lock);
	return IRQ_HANDLED;
}

static ssize_t ring_read(struct file *file, char __user *to, size_t len, loff_t *off)
{
	char part[32];
	size_t n = 0;
	int err;

	if (!len)
		return 0;

	spin_lock_irq(&lock);
	while (!count) {
		err = block(&readers);
		if (err) {
			spin_unlock_irq(&lock);
			return err;
		}
	}
	while (count && n < len && n < sizeof(part)) {
		part[n++] = ring[from++ % size];
		from %= size;
		count--;
	}
	wake_list(&writers);
	spin_unlock_irq(&lock);

	if (copy_to_user(to, part, n))
		return -EFAULT;
	return n;
}

static ssize_t ring_write(struct file *file, const char __user *user, size_t len, loff_t *off)
{
	char part[32];
	size_t n, i, done = 0;
	int err = 0;

	while (done < len && !err) {
		n = min(len - done, sizeof(part));
		if (copy_from_user(part, user + done, n)) {
			err = -EFAULT;
			break;
		}
		spin_lock_irq(&lock);
		for (i = 0; i < n && !err;) {
			if (count == size) {
				err = block(&writers);
				continue;
			}
			ring[(from + count++) % size] = part[i++];
			wake_list(&readers);
		}
		spin_unlock_irq(&lock);
		done += i;
	}
	return done ?: err;
}

static const struct file_operations ring_fops = {
	.owner	= THIS_MODULE,
	.read	= ring_read,
	.write	= ring_write,
};

static struct miscdevice ring_dev = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "asee_mod",
	.fops	= &ring_fops,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(size));
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t len)
{
	unsigned int wish, i;
	char *new;
	ssize_t ret = len;

	if (kstrtouint(buf, 10, &wish) || wish < 1 || wish > 4096)
		return -EINVAL;
	new = kmalloc(wish, GFP_KERNEL);
	if (!new)
		return -ENOMEM;

	spin_lock_irq(&lock);
	if (wish < count) {
		ret = -EINVAL;
	} else {
		for (i = 0; i < count; i++)
			new[i] = ring[(from + i) % size];
		swap(ring, new);
		from = 0;
		size = wish;
		wake_list(&writers);
	}
	spin_unlock_irq(&lock);
	kfree(new);
	return ret;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(count));
}

static ssize_t asee_reset_store(struct kobject *kobj, struct kobj_attribute *attr,
				const char *buf, size_t len)
{
	asm volatile("int $59");
	return len;
}

static struct kobj_attribute ring_attr[] = {
	__ATTR_RW(asee_buf_size),
	__ATTR_RO(asee_buf_count),
	__ATTR_WO(asee_reset),
};

static struct kobject *ring_kobj;

static int __init ring_init(void)
{
	int i, err;

	ring = kmalloc(size, GFP_KERNEL);
	ring_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!ring || !ring_kobj) {
		err = -ENOMEM;
		goto memory;
	}
	err = request_irq(11, ring_irq, 0, "asee_mod", NULL);
	if (err)
		goto memory;
	for (i = 0; i < ARRAY_SIZE(ring_attr); i++) {
		err = sysfs_create_file(ring_kobj, &ring_attr[i].attr);
		if (err)
			goto irq;
	}
	err = misc_register(&ring_dev);
	if (err)
		goto irq;
	return 0;

irq:
	kobject_put(ring_kobj); /* removes the files, so nobody can raise it any more */
	ring_kobj = NULL;
	free_irq(11, NULL);
memory:
	kobject_put(ring_kobj);
	kfree(ring);
	return err;
}

static void __exit ring_exit(void)
{
	misc_deregister(&ring_dev);
	kobject_put(ring_kobj);
	free_irq(11, NULL);
	kfree(ring);
}

module_init(ring_init);
module_exit(ring_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("binome 12");
