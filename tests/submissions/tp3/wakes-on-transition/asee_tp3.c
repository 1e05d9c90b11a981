// SPDX-License-Identifier: GPL-2.0
/* TP3: exclusive waits, so that a wake-up does not release a whole herd. */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

static DEFINE_MUTEX(asee_lock);
static u8 *buffer;
static u32 buffer_size = 16;
static u32 buffer_out;
static u32 buffer_used;

static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

static ssize_t asee_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	ssize_t ret;
	u32 n;

	if (!len)
		return 0;
	do {
		if (wait_event_interruptible_exclusive(readers, READ_ONCE(buffer_used) > 0))
			return -ERESTARTSYS;
		mutex_lock(&asee_lock);
		n = min_t(size_t, len, buffer_used);
		n = min(n, buffer_size - buffer_out);
		if (!n) {
			ret = 0;
		} else if (copy_to_user(to, buffer + buffer_out, n)) {
			ret = -EFAULT;
		} else {
			bool was_full = buffer_used == buffer_size;

			buffer_out = (buffer_out + n) % buffer_size;
			buffer_used -= n;
			ret = n;
			/* writers can only be asleep if it was full */
			if (was_full)
				wake_up_interruptible(&writers);
		}
		mutex_unlock(&asee_lock);
	} while (ret == 0);
	return ret;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	size_t done = 0;
	int err = 0;

	while (done < len && !err) {
		u32 in, n;

		if (wait_event_interruptible_exclusive(writers,
						       READ_ONCE(buffer_used) < READ_ONCE(buffer_size))) {
			err = -ERESTARTSYS;
			break;
		}
		mutex_lock(&asee_lock);
		in = (buffer_out + buffer_used) % buffer_size;
		n = min_t(size_t, len - done, buffer_size - buffer_used);
		n = min(n, buffer_size - in);
		if (n && copy_from_user(buffer + in, from + done, n)) {
			err = -EFAULT;
		} else {
			bool was_empty = buffer_used == 0;

			buffer_used += n;
			done += n;
			/* readers can only be asleep if it was empty */
			if (was_empty)
				wake_up_interruptible(&readers);
		}
		mutex_unlock(&asee_lock);
	}
	return done ? done : err;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
	.llseek = noop_llseek,
};

static struct miscdevice asee_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", buffer_size);
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

	mutex_lock(&asee_lock);
	if (size < buffer_used) {
		mutex_unlock(&asee_lock);
		kfree(bigger);
		pr_err("asee: %u would not hold what is in the channel\n", size);
		return -EINVAL;
	}
	for (i = 0; i < buffer_used; i++)
		bigger[i] = buffer[(buffer_out + i) % buffer_size];
	kfree(buffer);
	buffer = bigger;
	buffer_out = 0;
	buffer_size = size;
	mutex_unlock(&asee_lock);
	wake_up_interruptible_all(&writers);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", buffer_used);
}

static struct kobj_attribute size_attribute = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attribute = __ATTR_RO(asee_buf_count);
static struct attribute *asee_attrs[] = {
	&size_attribute.attr,
	&count_attribute.attr,
	NULL
};
ATTRIBUTE_GROUPS(asee);
static struct kobject *asee_kobj;

static int __init asee_init(void)
{
	int err;

	buffer = kcalloc(buffer_size, 1, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj) {
		kfree(buffer);
		return -ENOMEM;
	}
	err = sysfs_create_groups(asee_kobj, asee_groups);
	if (!err)
		err = misc_register(&asee_dev);
	if (err) {
		kobject_put(asee_kobj);
		kfree(buffer);
	}
	return err;
}
module_init(asee_init);

static void __exit asee_exit(void)
{
	misc_deregister(&asee_dev);
	kobject_put(asee_kobj);
	kfree(buffer);
}
module_exit(asee_exit);

MODULE_LICENSE("GPL");
