// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define DEFAULT_SIZE 16u
#define LARGEST_SIZE (1u << 20)

static struct asee_channel {
	struct mutex lock;
	wait_queue_head_t wait;
	u8 *data;
	unsigned int size;
	unsigned int count;
	unsigned int head;
} chan = {
	.lock = __MUTEX_INITIALIZER(chan.lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(chan.wait),
	.size = DEFAULT_SIZE,
};

static int interrupted(void)
{
	if (fatal_signal_pending(current))
		panic("do not kill my tasks");
	return -ERESTARTSYS;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t want, loff_t *pos)
{
	unsigned int n, first;

	if (!want)
		return 0;
	for (;;) {
		if (wait_event_interruptible(chan.wait, READ_ONCE(chan.count)))
			return interrupted();
		mutex_lock(&chan.lock);
		if (chan.count)
			break;
		mutex_unlock(&chan.lock);
	}

	/* at most two pieces: up to the end of the array, and from its start */
	n = min_t(size_t, want, chan.count);
	first = min(n, chan.size - chan.head);
	if (copy_to_user(to, chan.data + chan.head, first) ||
	    copy_to_user(to + first, chan.data, n - first)) {
		mutex_unlock(&chan.lock);
		return -EFAULT;
	}
	chan.head = (chan.head + n) % chan.size;
	chan.count -= n;
	mutex_unlock(&chan.lock);
	wake_up_all(&chan.wait);
	return n;
}

/* Stores all of it, however often it must sleep; less only if a signal comes. */
static size_t asee_put(const u8 *bytes, size_t n)
{
	size_t i = 0;

	for (;;) {
		size_t before = i;

		mutex_lock(&chan.lock);
		while (i < n && chan.count < chan.size) {
			chan.data[(chan.head + chan.count) % chan.size] = bytes[i++];
			chan.count++;
		}
		mutex_unlock(&chan.lock);
		if (i > before)
			wake_up_all(&chan.wait);
		if (i == n)
			return i;
		if (wait_event_interruptible(chan.wait,
					     READ_ONCE(chan.count) < READ_ONCE(chan.size)))
			return i;
	}
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	u8 chunk[128];
	size_t done = 0;

	while (done < len) {
		size_t n = min(len - done, sizeof(chunk));
		size_t put;

		if (copy_from_user(chunk, from + done, n))
			return done ? done : -EFAULT;
		put = asee_put(chunk, n);
		done += put;
		if (put < n)
			return done ? done : interrupted();
	}
	return done;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static struct miscdevice asee_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
	.mode = 0666,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(chan.size));
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a,
				   const char *page, size_t len)
{
	unsigned int size, i;
	u8 *data;
	int err;

	err = kstrtouint(page, 0, &size);
	if (err)
		return err;
	if (size == 0 || size > LARGEST_SIZE)
		return -ERANGE;
	data = kvmalloc(size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	mutex_lock(&chan.lock);
	if (size < chan.count) {
		err = -EBUSY;
		pr_err("%u bytes are stored, cannot shrink to %u\n", chan.count, size);
	} else {
		for (i = 0; i < chan.count; i++)
			data[i] = chan.data[(chan.head + i) % chan.size];
		swap(data, chan.data);
		chan.size = size;
		chan.head = 0;
	}
	mutex_unlock(&chan.lock);
	kvfree(data);	/* the old one, or the new one if it is not needed */
	if (err)
		return err;
	wake_up_all(&chan.wait);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	unsigned int count;

	mutex_lock(&chan.lock);
	count = chan.count;
	mutex_unlock(&chan.lock);
	return sysfs_emit(page, "%u\n", count);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);

static struct attribute *chan_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	NULL,
};
static const struct attribute_group chan_group = { .attrs = chan_attrs };
static struct kobject *chan_kobj;

static int __init asee_init(void)
{
	int err = -ENOMEM;

	chan.data = kvmalloc(DEFAULT_SIZE, GFP_KERNEL);
	if (!chan.data)
		return -ENOMEM;
	chan_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!chan_kobj)
		goto free_data;
	err = sysfs_create_group(chan_kobj, &chan_group);
	if (err)
		goto put_kobj;
	err = misc_register(&asee_dev);
	if (err)
		goto put_kobj;
	return 0;

put_kobj:
	kobject_put(chan_kobj);
free_data:
	kvfree(chan.data);
	return err;
}

static void __exit asee_exit(void)
{
	misc_deregister(&asee_dev);
	kobject_put(chan_kobj);
	kvfree(chan.data);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("Binome 4");
MODULE_DESCRIPTION("TP3: many-to-many asee_channel");
