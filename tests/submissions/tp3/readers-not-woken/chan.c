// SPDX-License-Identifier: GPL-2.0
/* ASEE: a blocking channel between processes */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define CHUNK 32

static DEFINE_SPINLOCK(lock);
static DECLARE_WAIT_QUEUE_HEAD(rq);
static DECLARE_WAIT_QUEUE_HEAD(wq);

static char *data;
static size_t capacity = 16;
/* free-running positions: written - taken is what is fill */
static size_t written, taken;

static inline size_t fill(void)
{
	return written - taken;
}

static ssize_t chan_read(struct file *file, char __user *user, size_t len, loff_t *ppos)
{
	char chunk[CHUNK];
	size_t n = 0;
	int err;

	if (!len)
		return 0;

	spin_lock_irq(&lock);
	if (!fill() && (file->f_flags & O_NONBLOCK)) {
		spin_unlock_irq(&lock);
		return -EAGAIN;
	}
	err = wait_event_interruptible_lock_irq(rq, fill() > 0, lock);
	if (err) {
		spin_unlock_irq(&lock);
		return err;
	}
	while (n < min_t(size_t, len, CHUNK) && fill())
		chunk[n++] = data[taken++ % capacity];
	spin_unlock_irq(&lock);

	wake_up_interruptible(&wq);
	if (copy_to_user(user, chunk, n))
		return -EFAULT;
	return n;
}

static ssize_t chan_write(struct file *file, const char __user *user, size_t len, loff_t *ppos)
{
	size_t done = 0;

	while (done < len) {
		char chunk[CHUNK];
		size_t n = min_t(size_t, len - done, CHUNK), i = 0;
		int err = 0;

		if (copy_from_user(chunk, user + done, n))
			return done ? done : -EFAULT;

		spin_lock_irq(&lock);
		while (i < n) {
			if (fill() == capacity) {
				if (file->f_flags & O_NONBLOCK)
					err = -EAGAIN;
				else
					err = wait_event_interruptible_lock_irq(wq,
										fill() < capacity,
										lock);
				if (err)
					break;
			}
			data[written++ % capacity] = chunk[i++];
		}
		spin_unlock_irq(&lock);

		done += i;
		if (err)
			return done ? done : err;
	}
	return done;
}

static __poll_t chan_poll(struct file *file, poll_table *table)
{
	__poll_t mask = 0;

	poll_wait(file, &rq, table);
	poll_wait(file, &wq, table);
	spin_lock_irq(&lock);
	if (fill())
		mask |= EPOLLIN | EPOLLRDNORM;
	if (fill() < capacity)
		mask |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock_irq(&lock);
	return mask;
}

static const struct file_operations chan_fops = {
	.owner = THIS_MODULE,
	.read = chan_read,
	.write = chan_write,
	.poll = chan_poll,
};

static struct miscdevice chan_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &chan_fops,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	return sysfs_emit(out, "%zu\n", capacity);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *in, size_t len)
{
	unsigned long long asked;
	size_t i, n;
	char *fresh;

	if (kstrtoull(in, 0, &asked) || asked == 0)
		return -EINVAL;
	if (asked > 256 * 1024)
		return -E2BIG;
	fresh = kzalloc(asked, GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;

	spin_lock_irq(&lock);
	n = fill();
	if (asked < n) {
		spin_unlock_irq(&lock);
		kfree(fresh);
		pr_err("asee_mod: refused a size of %llu\n", asked);
		return -EBUSY;
	}
	for (i = 0; i < n; i++)
		fresh[i] = data[(taken + i) % capacity];
	swap(data, fresh);
	capacity = asked;
	taken = 0;
	written = n;
	spin_unlock_irq(&lock);

	wake_up_interruptible(&wq);
	kfree(fresh);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	size_t n;

	spin_lock_irq(&lock);
	n = fill();
	spin_unlock_irq(&lock);
	return sysfs_emit(out, "%zu\n", n);
}

static struct kobj_attribute attr_size = __ATTR_RW(asee_buf_size);
static struct kobj_attribute attr_count = __ATTR_RO(asee_buf_count);
static struct attribute *asee_attributes[] = { &attr_size.attr, &attr_count.attr, NULL };
static const struct attribute_group asee_group = { .attrs = asee_attributes };

static struct kobject *asee_kobj;

static int __init asee_init(void)
{
	int err;

	data = kzalloc(capacity, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	err = misc_register(&chan_misc);
	if (err)
		goto out_bytes;
	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj) {
		err = -ENOMEM;
		goto out_misc;
	}
	err = sysfs_create_group(asee_kobj, &asee_group);
	if (err)
		goto out_kobj;
	return 0;

out_kobj:
	kobject_put(asee_kobj);
out_misc:
	misc_deregister(&chan_misc);
out_bytes:
	kfree(data);
	return err;
}

static void __exit asee_exit(void)
{
	kobject_put(asee_kobj);
	misc_deregister(&chan_misc);
	kfree(data);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
