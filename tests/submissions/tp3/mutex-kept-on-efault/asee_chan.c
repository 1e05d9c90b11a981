// SPDX-License-Identifier: GPL-2.0
/* TP3 */
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
	wait_queue_head_t rqueue;
	wait_queue_head_t wqueue;
	size_t size;
	size_t len;
	char *data;	/* not circular: what is read is moved out to the front */

	struct kobject *kobj;
	struct class *class;
	struct cdev cdev;
	dev_t dev;
};

static struct chan *chan;

static ssize_t asee_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	ssize_t ret = 0;

	if (count == 0)
		return 0;
	add_wait_queue(&chan->rqueue, &wait);
	while (!ret) {
		mutex_lock(&chan->mutex);
		if (chan->len) {
			size_t n = min(count, chan->len);

			if (copy_to_user(buf, chan->data, n)) {
				ret = -EFAULT;
			} else {
				memmove(chan->data, chan->data + n, chan->len - n);
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
	remove_wait_queue(&chan->rqueue, &wait);
	if (ret > 0)
		wake_up_interruptible(&chan->wqueue);
	return ret;
}

static ssize_t asee_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	size_t done = 0;
	int err = 0;

	add_wait_queue(&chan->wqueue, &wait);
	while (done < count && !err) {
		size_t n;

		mutex_lock(&chan->mutex);
		n = min(count - done, chan->size - chan->len);
		if (n && copy_from_user(chan->data + chan->len, buf + done, n)) {
			err = -EFAULT;
			break;
		}
		chan->len += n;
		done += n;
		mutex_unlock(&chan->mutex);

		if (n) {
			wake_up_interruptible(&chan->rqueue);
			continue;
		}
		if (signal_pending(current))
			err = -ERESTARTSYS;
		else if (file->f_flags & O_NONBLOCK)
			err = -EAGAIN;
		else
			wait_woken(&wait, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
	}
	remove_wait_queue(&chan->wqueue, &wait);
	return done ? done : err;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
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
	char *data;

	if (kstrtouint(buf, 0, &size) || size < 1 || size > PAGE_SIZE * 4)
		return -EINVAL;

	mutex_lock(&chan->mutex);
	if (size < chan->len) {
		pr_err("asee_mod: %zu characters are in the channel\n", chan->len);
		ret = -EINVAL;
	} else {
		data = krealloc(chan->data, size, GFP_KERNEL);
		if (data) {
			chan->data = data;
			chan->size = size;
		} else {
			ret = -ENOMEM;
		}
	}
	mutex_unlock(&chan->mutex);
	wake_up_interruptible(&chan->wqueue);
	return ret;
}

static ssize_t show_count(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%zu\n", chan->len);
}

static struct kobj_attribute attr_size = __ATTR(asee_buf_size, 0644, show_size, store_size);
static struct kobj_attribute attr_count = __ATTR(asee_buf_count, 0444, show_count, NULL);

static const struct attribute *asee_attrs[] = { &attr_size.attr, &attr_count.attr, NULL };

static int __init asee_init(void)
{
	struct device *device;
	int err = -ENOMEM;

	chan = kzalloc(sizeof(*chan), GFP_KERNEL);
	if (!chan)
		return err;
	mutex_init(&chan->mutex);
	init_waitqueue_head(&chan->rqueue);
	init_waitqueue_head(&chan->wqueue);
	chan->size = 16;
	chan->data = kmalloc(chan->size, GFP_KERNEL);
	if (!chan->data)
		goto free_chan;

	chan->kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!chan->kobj)
		goto free_text;
	err = sysfs_create_files(chan->kobj, asee_attrs);
	if (err)
		goto put;

	err = alloc_chrdev_region(&chan->dev, 0, 1, "asee_mod");
	if (err)
		goto put;
	cdev_init(&chan->cdev, &asee_fops);
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
	kfree(chan->data);
free_chan:
	kfree(chan);
	return err;
}

static void __exit asee_exit(void)
{
	device_destroy(chan->class, chan->dev);
	class_destroy(chan->class);
	cdev_del(&chan->cdev);
	unregister_chrdev_region(chan->dev, 1);
	kobject_put(chan->kobj);
	kfree(chan->data);
	kfree(chan);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
