/* TP3: condition variables out of wait_event_cmd() */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define cond_wait(queue, condition, mutex) \
	wait_event_cmd(queue, condition, mutex_unlock(mutex), mutex_lock(mutex)) /* Hoare */
#define cond_broadcast(queue) wake_up_all(queue)

#define CLASS_NAME "asee_monitor"
#define DEVICE_NAME "asee_mod"

struct channel {
	struct mutex mutex;
	wait_queue_head_t not_empty;
	wait_queue_head_t not_full;
	char *buf;
	int size;
	int count;
	int begin;
};

static struct channel chan;

static int consume(struct channel *m, char __user *dst, int max)
{
	int n = 0;

	mutex_lock(&m->mutex);
	cond_wait(m->not_empty, m->count > 0, &m->mutex);
	while (n < max && m->count > 0) {
		if (put_user(m->buf[m->begin], dst + n)) {
			n = n ? n : -EFAULT;
			break;
		}
		m->begin = (m->begin + 1) % m->size;
		m->count--;
		n++;
	}
	cond_broadcast(&m->not_full);
	mutex_unlock(&m->mutex);
	return n;
}

static int produce(struct channel *m, const char __user *src, int max)
{
	int n = 0;

	mutex_lock(&m->mutex);
	cond_wait(m->not_full, m->count < m->size, &m->mutex);
	while (n < max && m->count < m->size) {
		if (get_user(m->buf[(m->begin + m->count) % m->size], src + n)) {
			n = n ? n : -EFAULT;
			break;
		}
		m->count++;
		n++;
	}
	cond_broadcast(&m->not_empty);
	mutex_unlock(&m->mutex);
	return n;
}

static ssize_t chan_read(struct file *file, char __user *buf, size_t len, loff_t *off)
{
	if (len == 0)
		return 0;
	return consume(&chan, buf, min_t(size_t, len, 4096));
}

static ssize_t chan_write(struct file *file, const char __user *buf, size_t len, loff_t *off)
{
	if (len == 0)
		return 0;
	return produce(&chan, buf, min_t(size_t, len, 4096));
}

static struct file_operations chan_fops = {
	.owner	= THIS_MODULE,
	.read	= chan_read,
	.write	= chan_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int size;

	mutex_lock(&chan.mutex);
	size = chan.size;
	mutex_unlock(&chan.mutex);
	return sysfs_emit(buf, "%d\n", size);
}

static int resize(struct channel *m, int size)
{
	char *new;
	int i;

	if (size < 1 || size > 10000)
		return -EINVAL;
	if (size < m->count)
		return -EBUSY;
	new = kmalloc(size, GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	for (i = 0; i < m->count; i++)
		new[i] = m->buf[(m->begin + i) % m->size];
	kfree(m->buf);
	m->buf = new;
	m->begin = 0;
	m->size = size;
	cond_broadcast(&m->not_full);
	return 0;
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t len)
{
	int size, err;

	err = kstrtoint(buf, 10, &size);
	if (err)
		return err;
	mutex_lock(&chan.mutex);
	err = resize(&chan, size);
	mutex_unlock(&chan.mutex);
	if (err) {
		pr_err("asee_mod: resize to %d: error %d\n", size, err);
		return err;
	}
	return len;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int count;

	mutex_lock(&chan.mutex);
	count = chan.count;
	mutex_unlock(&chan.mutex);
	return sysfs_emit(buf, "%d\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static int major;
static struct class *chan_class;
static struct kobject *chan_kobj;

static int __init chan_init(void)
{
	mutex_init(&chan.mutex);
	init_waitqueue_head(&chan.not_empty);
	init_waitqueue_head(&chan.not_full);
	chan.size = 16;
	chan.buf = kmalloc(chan.size, GFP_KERNEL);
	if (!chan.buf)
		return -ENOMEM;

	major = register_chrdev(0, DEVICE_NAME, &chan_fops);
	if (major < 0) {
		kfree(chan.buf);
		return major;
	}
	chan_class = class_create(CLASS_NAME);
	device_create(chan_class, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);

	chan_kobj = kobject_create_and_add("asee", kernel_kobj);
	if (!chan_kobj ||
	    sysfs_create_file(chan_kobj, &size_attr.attr) ||
	    sysfs_create_file(chan_kobj, &count_attr.attr))
		pr_warn("asee_mod: no sysfs\n");
	return 0;
}

static void __exit chan_exit(void)
{
	kobject_put(chan_kobj);
	device_destroy(chan_class, MKDEV(major, 0));
	class_destroy(chan_class);
	unregister_chrdev(major, DEVICE_NAME);
	kfree(chan.buf);
}

module_init(chan_init);
module_exit(chan_exit);
MODULE_LICENSE("GPL");
