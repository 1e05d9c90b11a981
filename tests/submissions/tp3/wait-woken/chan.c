// SPDX-License-Identifier: GPL-2.0
/*
 * TP3. wait_woken() keeps the wake-up in a flag of the queue entry, so one may look at the channel
 * (and sleep on its mutex) between being on the queue and going to sleep.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

struct chan {
	struct mutex mutex;
	wait_queue_head_t readers;
	wait_queue_head_t writers;
	size_t size;
	size_t len;
	char *text;	/* not circular: what is read is moved out to the front */

	struct kobject *kobj;
	struct class *class;
	struct cdev cdev;
	dev_t dev;
};

static struct chan *chan;

static ssize_t chan_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	ssize_t ret = 0;

	if (count == 0)
		return 0;
	add_wait_queue(&chan->readers, &wait);
	while (!ret) {
		mutex_lock(&chan->mutex);
		if (chan->len) {
			size_t n = min(count, chan->len);

			if (copy_to_user(buf, chan->text, n)) {
				ret = -EFAULT;
			} else {
				memmove(chan->text, chan->text + n, chan->len - n);
				chan->len -= n;
				ret = n;
			}
		}
		mutex_unlock(&chan->mutex);

		if (ret)
			break;
		if (signal_pending(current))
			ret = -ERESTARTSYS;
		else if (file->f_flags & O_NONBLOCK)
			ret = -EAGAIN;
		else
			wait_woken(&wait, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
	}
	remove_wait_queue(&chan->readers, &wait);
	if (ret > 0)
		wake_up_interruptible(&chan->writers);
	return ret;
}

static ssize_t chan_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	size_t done = 0;
	int err = 0;

	add_wait_queue(&chan->writers, &wait);
	while (done < count && !err) {
		size_t n;

		mutex_lock(&chan->mutex);
		n = min(count - done, chan->size - chan->len);
		if (n && copy_from_user(chan->text + chan->len, buf + done, n)) {
			err = -EFAULT;
			n = 0;
		}
		chan->len += n;
		done += n;
		mutex_unlock(&chan->mutex);

		if (n) {
			wake_up_interruptible(&chan->readers);
			continue;
		}
		if (err)
			break;
		if (signal_pending(current))
			err = -ERESTARTSYS;
		else if (file->f_flags & O_NONBLOCK)
			err = -EAGAIN;
		else
			wait_woken(&wait, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
	}
	remove_wait_queue(&chan->writers, &wait);
	return done ? done : err;
}

static const struct file_operations chan_fops = {
	.owner = THIS_MODULE,
	.read = chan_read,
	.write = chan_write,
};

static ssize_t show_size(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%zu\n", chan->size);
}

static ssize_t store_size(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	ssize_t ret = count;
	unsigned int size;
	char *text;

	if (kstrtouint(buf, 0, &size) || size < 1 || size > PAGE_SIZE * 4)
		return -EINVAL;

	mutex_lock(&chan->mutex);
	if (size < chan->len) {
		pr_err("asee_mod: %zu characters are in the channel\n", chan->len);
		ret = -EINVAL;
	} else {
		text = krealloc(chan->text, size, GFP_KERNEL);
		if (text) {
			chan->text = text;
			chan->size = size;
		} else {
			ret = -ENOMEM;
		}
	}
	mutex_unlock(&chan->mutex);
	wake_up_interruptible(&chan->writers);
	return ret;
}

static ssize_t show_count(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%zu\n", chan->len);
}

static struct kobj_attribute attr_size = __ATTR(asee_buf_size, 0644, show_size, store_size);
static struct kobj_attribute attr_count = __ATTR(asee_buf_count, 0444, show_count, NULL);

static const struct attribute *chan_attrs[] = { &attr_size.attr, &attr_count.attr, NULL };

static int __init chan_init(void)
{
	struct device *device;
	int err = -ENOMEM;

	chan = kzalloc(sizeof(*chan), GFP_KERNEL);
	if (!chan)
		return err;
	mutex_init(&chan->mutex);
	init_waitqueue_head(&chan->readers);
	init_waitqueue_head(&chan->writers);
	chan->size = 16;
	chan->text = kmalloc(chan->size, GFP_KERNEL);
	if (!chan->text)
		goto free_chan;

	chan->kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!chan->kobj)
		goto free_text;
	err = sysfs_create_files(chan->kobj, chan_attrs);
	if (err)
		goto put;

	err = alloc_chrdev_region(&chan->dev, 0, 1, "asee_mod");
	if (err)
		goto put;
	cdev_init(&chan->cdev, &chan_fops);
	chan->cdev.owner = THIS_MODULE;
	err = cdev_add(&chan->cdev, chan->dev, 1);
	if (err)
		goto region;

	chan->class = class_create("asee_chan");
	if (IS_ERR(chan->class)) {
		err = PTR_ERR(chan->class);
		goto del;
	}
	device = device_create(chan->class, NULL, chan->dev, NULL, "asee_mod");
	if (IS_ERR(device)) {
		err = PTR_ERR(device);
		goto class;
	}
	return 0;

class:
	class_destroy(chan->class);
del:
	cdev_del(&chan->cdev);
region:
	unregister_chrdev_region(chan->dev, 1);
put:
	kobject_put(chan->kobj);
free_text:
	kfree(chan->text);
free_chan:
	kfree(chan);
	return err;
}

static void __exit chan_exit(void)
{
	device_destroy(chan->class, chan->dev);
	class_destroy(chan->class);
	cdev_del(&chan->cdev);
	unregister_chrdev_region(chan->dev, 1);
	kobject_put(chan->kobj);
	kfree(chan->text);
	kfree(chan);
}

module_init(chan_init);
module_exit(chan_exit);
MODULE_LICENSE("GPL");
