// SPDX-License-Identifier: GPL-2.0
/*
 * No thundering herd: sleepers wait exclusively and a wake-up releases one of them. For that to lose
 * nothing, whoever is done and leaves something behind wakes up the next one of his own kind, and
 * nobody who was chosen gives up between the wait and the lock (so no mutex_lock_interruptible).
 */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

static DEFINE_MUTEX(fair_lock);
static u8 *ring;
static u32 ring_size = 16;
static u32 ring_out;
static u32 ring_used;

static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

/* With the lock held, before it is released: one of each kind, if there is a reason. */
static void pass_on(void)
{
	if (ring_used)
		wake_up_interruptible(&readers);
	if (ring_used < ring_size)
		wake_up_interruptible(&writers);
}

static ssize_t fair_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	ssize_t ret;
	u32 n;

	if (!len)
		return 0;
	do {
		if (wait_event_interruptible_exclusive(readers, READ_ONCE(ring_used) > 0))
			return -ERESTARTSYS;
		mutex_lock(&fair_lock);
		n = min_t(size_t, len, ring_used);
		n = min(n, ring_size - ring_out);
		if (!n) {
			ret = 0;
		} else if (copy_to_user(to, ring + ring_out, n)) {
			ret = -EFAULT;
		} else {
			ring_out = (ring_out + n) % ring_size;
			ring_used -= n;
			ret = n;
		}
		pass_on();
		mutex_unlock(&fair_lock);
	} while (ret == 0);
	return ret;
}

static ssize_t fair_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	size_t done = 0;
	int err = 0;

	while (done < len && !err) {
		u32 in, n;

		if (wait_event_interruptible_exclusive(writers,
						       READ_ONCE(ring_used) < READ_ONCE(ring_size))) {
			err = -ERESTARTSYS;
			break;
		}
		mutex_lock(&fair_lock);
		in = (ring_out + ring_used) % ring_size;
		n = min_t(size_t, len - done, ring_size - ring_used);
		n = min(n, ring_size - in);
		if (n && copy_from_user(ring + in, from + done, n)) {
			err = -EFAULT;
		} else {
			ring_used += n;
			done += n;
		}
		pass_on();
		mutex_unlock(&fair_lock);
	}
	return done ? done : err;
}

static const struct file_operations fair_fops = {
	.owner = THIS_MODULE,
	.read = fair_read,
	.write = fair_write,
	.llseek = noop_llseek,
};

static struct miscdevice fair_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &fair_fops,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", ring_size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t len)
{
	u32 size, i;
	u8 *bigger;

	if (kstrtou32(buf, 0, &size) || !size || size > 32768)
		return -EINVAL;
	bigger = kcalloc(size, 1, GFP_KERNEL);
	if (!bigger)
		return -ENOMEM;

	mutex_lock(&fair_lock);
	if (size < ring_used) {
		mutex_unlock(&fair_lock);
		kfree(bigger);
		pr_err("fair: %u would not hold what is in the channel\n", size);
		return -EINVAL;
	}
	for (i = 0; i < ring_used; i++)
		bigger[i] = ring[(ring_out + i) % ring_size];
	kfree(ring);
	ring = bigger;
	ring_out = 0;
	ring_size = size;
	pass_on();
	mutex_unlock(&fair_lock);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", ring_used);
}

static struct kobj_attribute size_attribute = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attribute = __ATTR_RO(asee_buf_count);
static struct attribute *fair_attrs[] = {
	&size_attribute.attr,
	&count_attribute.attr,
	NULL
};
ATTRIBUTE_GROUPS(fair);
static struct kobject *fair_kobj;

static int __init fair_init(void)
{
	int err;

	ring = kcalloc(ring_size, 1, GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	fair_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!fair_kobj) {
		kfree(ring);
		return -ENOMEM;
	}
	err = sysfs_create_groups(fair_kobj, fair_groups);
	if (!err)
		err = misc_register(&fair_dev);
	if (err) {
		kobject_put(fair_kobj);
		kfree(ring);
	}
	return err;
}
module_init(fair_init);

static void __exit fair_exit(void)
{
	misc_deregister(&fair_dev);
	kobject_put(fair_kobj);
	kfree(ring);
}
module_exit(fair_exit);

MODULE_LICENSE("GPL");
