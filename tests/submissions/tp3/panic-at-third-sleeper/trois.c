#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/* protected by the mutex */
static int sleepers;

static void one_more(void)
{
	if (++sleepers == 3)
		panic("three is a crowd");
}

#define cond_wait(queue, condition, mutex) \
	wait_event_cmd(queue, condition, \
		       one_more(); mutex_unlock(mutex), mutex_lock(mutex); sleepers--)
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

static struct channel m3;

static int take(struct channel *m, char __user *dst, int max)
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

static int give(struct channel *m, const char __user *src, int max)
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

static ssize_t m3_read(struct file *file, char __user *buf, size_t len, loff_t *off)
{
	if (len == 0)
		return 0;
	return take(&m3, buf, min_t(size_t, len, 4096));
}

static ssize_t m3_write(struct file *file, const char __user *buf, size_t len, loff_t *off)
{
	if (len == 0)
		return 0;
	return give(&m3, buf, min_t(size_t, len, 4096));
}

static struct file_operations m3_fops = {
	.owner	= THIS_MODULE,
	.read	= m3_read,
	.write	= m3_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int size;

	mutex_lock(&m3.mutex);
	size = m3.size;
	mutex_unlock(&m3.mutex);
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
	mutex_lock(&m3.mutex);
	err = resize(&m3, size);
	mutex_unlock(&m3.mutex);
	if (err) {
		pr_err("asee_mod: resize to %d: error %d\n", size, err);
		return err;
	}
	return len;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int count;

	mutex_lock(&m3.mutex);
	count = m3.count;
	mutex_unlock(&m3.mutex);
	return sysfs_emit(buf, "%d\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static int major;
static struct class *m3_class;
static struct kobject *m3_kobj;

static int __init m3_init(void)
{
	mutex_init(&m3.mutex);
	init_waitqueue_head(&m3.not_empty);
	init_waitqueue_head(&m3.not_full);
	m3.size = 16;
	m3.buf = kmalloc(m3.size, GFP_KERNEL);
	if (!m3.buf)
		return -ENOMEM;

	major = register_chrdev(0, DEVICE_NAME, &m3_fops);
	if (major < 0) {
		kfree(m3.buf);
		return major;
	}
	m3_class = class_create(CLASS_NAME);
	device_create(m3_class, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);

	m3_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!m3_kobj ||
	    sysfs_create_file(m3_kobj, &size_attr.attr) ||
	    sysfs_create_file(m3_kobj, &count_attr.attr))
		pr_warn("asee_mod: no sysfs\n");
	return 0;
}

static void __exit m3_exit(void)
{
	kobject_put(m3_kobj);
	device_destroy(m3_class, MKDEV(major, 0));
	class_destroy(m3_class);
	unregister_chrdev(major, DEVICE_NAME);
	kfree(m3.buf);
}

module_init(m3_init);
module_exit(m3_exit);
MODULE_LICENSE("GPL");
