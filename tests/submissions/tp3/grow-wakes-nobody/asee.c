// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define DEFAULT_SIZE 16u
#define LARGEST_SIZE (1u << 20)

static struct asee_pipe {
	struct mutex lock;
	wait_queue_head_t wait;
	u8 *data;
	unsigned int size;
	unsigned int count;
	unsigned int head;
} pipe = {
	.lock = __MUTEX_INITIALIZER(pipe.lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(pipe.wait),
	.size = DEFAULT_SIZE,
};

static ssize_t pipe_rd(struct file *file, char __user *to, size_t want, loff_t *pos)
{
	unsigned int n, first;

	if (!want)
		return 0;
	for (;;) {
		if (wait_event_interruptible(pipe.wait, READ_ONCE(pipe.count)))
			return -ERESTARTSYS;
		mutex_lock(&pipe.lock);
		if (pipe.count)
			break;
		mutex_unlock(&pipe.lock);
	}

	/* two pieces if it wraps */
	n = min_t(size_t, want, pipe.count);
	first = min(n, pipe.size - pipe.head);
	if (copy_to_user(to, pipe.data + pipe.head, first) ||
	    copy_to_user(to + first, pipe.data, n - first)) {
		mutex_unlock(&pipe.lock);
		return -EFAULT;
	}
	pipe.head = (pipe.head + n) % pipe.size;
	pipe.count -= n;
	mutex_unlock(&pipe.lock);
	wake_up_all(&pipe.wait);
	return n;
}

/* how many were stored: less than n after a signal */
static size_t pipe_store(const u8 *bytes, size_t n)
{
	size_t i = 0;

	for (;;) {
		size_t before = i;

		mutex_lock(&pipe.lock);
		while (i < n && pipe.count < pipe.size) {
			pipe.data[(pipe.head + pipe.count) % pipe.size] = bytes[i++];
			pipe.count++;
		}
		mutex_unlock(&pipe.lock);
		if (i > before)
			wake_up_all(&pipe.wait);
		if (i == n)
			return i;
		if (wait_event_interruptible(pipe.wait,
					     READ_ONCE(pipe.count) < READ_ONCE(pipe.size)))
			return i;
	}
}

static ssize_t pipe_wr(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	u8 chunk[128];
	size_t done = 0;

	while (done < len) {
		size_t n = min(len - done, sizeof(chunk));
		size_t put;

		if (copy_from_user(chunk, from + done, n))
			return done ? done : -EFAULT;
		put = pipe_store(chunk, n);
		done += put;
		if (put < n)
			return done ? done : -ERESTARTSYS;
	}
	return done;
}

static const struct file_operations pipe_ops = {
	.owner = THIS_MODULE,
	.read = pipe_rd,
	.write = pipe_wr,
};

static struct miscdevice pipe_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &pipe_ops,
	.mode = 0666,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(pipe.size));
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

	mutex_lock(&pipe.lock);
	if (size < pipe.count) {
		err = -EBUSY;
		pr_err("%u bytes are stored, cannot shrink to %u\n", pipe.count, size);
	} else {
		for (i = 0; i < pipe.count; i++)
			data[i] = pipe.data[(pipe.head + i) % pipe.size];
		swap(data, pipe.data);
		pipe.size = size;
		pipe.head = 0;
	}
	mutex_unlock(&pipe.lock);
	kvfree(data);	/* the old one, or the new one if it is not needed */
	return err ? err : len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	unsigned int count;

	mutex_lock(&pipe.lock);
	count = pipe.count;
	mutex_unlock(&pipe.lock);
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

static int __init pipe_start(void)
{
	int err = -ENOMEM;

	pipe.data = kvmalloc(DEFAULT_SIZE, GFP_KERNEL);
	if (!pipe.data)
		return -ENOMEM;
	chan_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!chan_kobj)
		goto free_data;
	err = sysfs_create_group(chan_kobj, &chan_group);
	if (err)
		goto put_kobj;
	err = misc_register(&pipe_misc);
	if (err)
		goto put_kobj;
	return 0;

put_kobj:
	kobject_put(chan_kobj);
free_data:
	kvfree(pipe.data);
	return err;
}

static void __exit pipe_stop(void)
{
	misc_deregister(&pipe_misc);
	kobject_put(chan_kobj);
	kvfree(pipe.data);
}

module_init(pipe_start);
module_exit(pipe_stop);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("Binome 4");
MODULE_DESCRIPTION("TP3: many-to-many asee_pipe");
