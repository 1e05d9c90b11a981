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

static struct channel {
	struct mutex lock;
	wait_queue_head_t readers;
	u8 *data;
	unsigned int size;
	unsigned int count;
	unsigned int head;
} ch = {
	.lock = __MUTEX_INITIALIZER(ch.lock),
	.readers = __WAIT_QUEUE_HEAD_INITIALIZER(ch.readers),
	.size = DEFAULT_SIZE,
};

static ssize_t channel_read(struct file *file, char __user *to, size_t want, loff_t *pos)
{
	unsigned int n, first;

	if (!want)
		return 0;
	for (;;) {
		if (wait_event_interruptible(ch.readers, READ_ONCE(ch.count)))
			return -ERESTARTSYS;
		mutex_lock(&ch.lock);
		if (ch.count)
			break;
		mutex_unlock(&ch.lock);
	}

	/* at most two pieces: up to the end of the array, and from its start */
	n = min_t(size_t, want, ch.count);
	first = min(n, ch.size - ch.head);
	if (copy_to_user(to, ch.data + ch.head, first) ||
	    copy_to_user(to + first, ch.data, n - first)) {
		mutex_unlock(&ch.lock);
		return -EFAULT;
	}
	ch.head = (ch.head + n) % ch.size;
	ch.count -= n;
	mutex_unlock(&ch.lock);
	return n;
}

static void channel_put(const u8 *bytes, size_t n)
{
	size_t i;

	mutex_lock(&ch.lock);
	for (i = 0; i < n && ch.count < ch.size; i++) {
		ch.data[(ch.head + ch.count) % ch.size] = bytes[i];
		ch.count++;
	}
	mutex_unlock(&ch.lock);
	wake_up_all(&ch.readers);
}

static ssize_t channel_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	u8 chunk[128];
	size_t done = 0;

	while (done < len) {
		size_t n = min(len - done, sizeof(chunk));

		if (copy_from_user(chunk, from + done, n))
			return done ? done : -EFAULT;
		channel_put(chunk, n);
		done += n;
	}
	return done;
}

static const struct file_operations channel_fops = {
	.owner = THIS_MODULE,
	.read = channel_read,
	.write = channel_write,
};

static struct miscdevice chan_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &channel_fops,
	.mode = 0666,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(ch.size));
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

	mutex_lock(&ch.lock);
	if (size < ch.count) {
		err = -EBUSY;
		pr_err("%u bytes are stored, cannot shrink to %u\n", ch.count, size);
	} else {
		for (i = 0; i < ch.count; i++)
			data[i] = ch.data[(ch.head + i) % ch.size];
		swap(data, ch.data);
		ch.size = size;
		ch.head = 0;
	}
	mutex_unlock(&ch.lock);
	kvfree(data);	/* the old one, or the new one if it is not needed */
	if (err)
		return err;
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	unsigned int count;

	mutex_lock(&ch.lock);
	count = ch.count;
	mutex_unlock(&ch.lock);
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

static int __init channel_init(void)
{
	int err = -ENOMEM;

	ch.data = kvmalloc(DEFAULT_SIZE, GFP_KERNEL);
	if (!ch.data)
		return -ENOMEM;
	chan_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!chan_kobj)
		goto free_data;
	err = sysfs_create_group(chan_kobj, &chan_group);
	if (err)
		goto put_kobj;
	err = misc_register(&chan_dev);
	if (err)
		goto put_kobj;
	return 0;

put_kobj:
	kobject_put(chan_kobj);
free_data:
	kvfree(ch.data);
	return err;
}

static void __exit channel_exit(void)
{
	misc_deregister(&chan_dev);
	kobject_put(chan_kobj);
	kvfree(ch.data);
}

module_init(channel_init);
module_exit(channel_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("Binome 4");
MODULE_DESCRIPTION("TP3: many-to-many channel");
