// TP2 (with the waiting of TP3 already in)
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define NAME "asee_mod"

static struct {
	struct mutex mutex;
	wait_queue_head_t readers;
	char *buf;
	unsigned int size, count, out;
} chan;

static int major;
static struct class *class;
static struct kobject *kobj;

static ssize_t chan_read(struct file *file, char __user *user, size_t len, loff_t *pos)
{
	size_t n = 0;

	if (len == 0)
		return 0;
	/* nothing there: sleep until somebody writes */
	if (wait_event_interruptible(chan.readers, READ_ONCE(chan.count) > 0))
		return -ERESTARTSYS;

	mutex_lock(&chan.mutex);
	while (n < len && chan.count) {
		if (put_user(chan.buf[chan.out], user + n)) {
			mutex_unlock(&chan.mutex);
			return -EFAULT;
		}
		chan.out = (chan.out + 1) % chan.size;
		chan.count--;
		n++;
	}
	mutex_unlock(&chan.mutex);
	return n;
}

static ssize_t chan_write(struct file *file, const char __user *user, size_t len, loff_t *pos)
{
	size_t n;

	mutex_lock(&chan.mutex);
	for (n = 0; n < len; n++) {
		char c;

		if (get_user(c, user + n)) {
			mutex_unlock(&chan.mutex);
			return -EFAULT;
		}
		if (chan.count == chan.size) {
			chan.out = (chan.out + 1) % chan.size;
			chan.count--;
		}
		chan.buf[(chan.out + chan.count) % chan.size] = c;
		chan.count++;
	}
	mutex_unlock(&chan.mutex);
	wake_up_interruptible(&chan.readers);
	return len;
}

static const struct file_operations chan_fops = {
	.owner = THIS_MODULE,
	.read = chan_read,
	.write = chan_write,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", chan.size);
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *attr,
				   const char *page, size_t len)
{
	unsigned int size, i;
	ssize_t ret = len;
	char *buf;

	if (kstrtouint(page, 10, &size))
		return -EINVAL;
	if (!size || size > 65536)
		return -EINVAL;

	mutex_lock(&chan.mutex);
	if (size < chan.count) {
		pr_err(NAME ": %u < %u, size not changed\n", size, chan.count);
		ret = -EBUSY;
		goto unlock;
	}
	buf = kmalloc(size, GFP_KERNEL);
	if (!buf) {
		ret = -ENOMEM;
		goto unlock;
	}
	for (i = 0; i < chan.count; i++)
		buf[i] = chan.buf[(chan.out + i) % chan.size];
	kfree(chan.buf);
	chan.buf = buf;
	chan.size = size;
	chan.out = 0;
unlock:
	mutex_unlock(&chan.mutex);
	return ret;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", chan.count);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static struct attribute *chan_attrs[] = { &size_attr.attr, &count_attr.attr, NULL };
static const struct attribute_group chan_group = { .attrs = chan_attrs };

static int __init chan_init(void)
{
	int ret = -ENOMEM;

	mutex_init(&chan.mutex);
	init_waitqueue_head(&chan.readers);
	chan.size = 16;
	chan.buf = kmalloc(chan.size, GFP_KERNEL);
	if (!chan.buf)
		return ret;
	kobj = kobject_create_and_add(NAME, kernel_kobj);
	if (!kobj)
		goto no_kobj;
	ret = sysfs_create_group(kobj, &chan_group);
	if (ret)
		goto no_group;
	ret = major = register_chrdev(0, NAME, &chan_fops);
	if (ret < 0)
		goto no_group;
	class = class_create(NAME);
	if (IS_ERR(class)) {
		ret = PTR_ERR(class);
		goto no_class;
	}
	device_create(class, NULL, MKDEV(major, 0), NULL, NAME);
	return 0;

no_class:
	unregister_chrdev(major, NAME);
no_group:
	kobject_put(kobj);
no_kobj:
	kfree(chan.buf);
	return ret;
}

static void __exit chan_exit(void)
{
	device_destroy(class, MKDEV(major, 0));
	class_destroy(class);
	unregister_chrdev(major, NAME);
	kobject_put(kobj);
	kfree(chan.buf);
}

module_init(chan_init);
module_exit(chan_exit);
MODULE_LICENSE("GPL");
