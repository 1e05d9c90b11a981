#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define CLASS_NAME "asee_monitor"
#define DEVICE_NAME "asee_mod"

struct asee_dev {
	struct mutex mutex;
	wait_queue_head_t not_empty;
	wait_queue_head_t not_full;
	char *buf;
	int size;
	int count;
	int head;
};

static struct asee_dev asee;

static int get_chars(struct asee_dev *m, char __user *dst, int max)
{
	int n = 0;

	mutex_lock(&m->mutex);
	wait_event_cmd(m->not_empty, m->count > 0, mutex_unlock(&m->mutex), mutex_lock(&m->mutex));
	while (n < max && m->count > 0) {
		if (put_user(m->buf[m->head], dst + n)) {
			n = n ? n : -EFAULT;
			break;
		}
		m->head = (m->head + 1) % m->size;
		m->count--;
		n++;
	}
	wake_up(&m->not_full);
	mutex_unlock(&m->mutex);
	return n;
}

static int put_chars(struct asee_dev *m, const char __user *src, int max)
{
	int n = 0;

	mutex_lock(&m->mutex);
	wait_event_cmd(m->not_full, m->count < m->size,
		       mutex_unlock(&m->mutex), mutex_lock(&m->mutex));
	while (n < max && m->count < m->size) {
		if (get_user(m->buf[(m->head + m->count) % m->size], src + n)) {
			n = n ? n : -EFAULT;
			break;
		}
		m->count++;
		n++;
	}
	wake_up(&m->not_empty);
	mutex_unlock(&m->mutex);
	return n;
}

static ssize_t asee_read(struct file *file, char __user *buf, size_t len, loff_t *off)
{
	if (len == 0)
		return 0;
	return get_chars(&asee, buf, min_t(size_t, len, 4096));
}

static ssize_t asee_write(struct file *file, const char __user *buf, size_t len, loff_t *off)
{
	if (len == 0)
		return 0;
	return put_chars(&asee, buf, min_t(size_t, len, 4096));
}

static struct file_operations asee_fops = {
	.owner	= THIS_MODULE,
	.read	= asee_read,
	.write	= asee_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int size;

	mutex_lock(&asee.mutex);
	size = asee.size;
	mutex_unlock(&asee.mutex);
	return sysfs_emit(buf, "%d\n", size);
}

static int resize(struct asee_dev *m, int size)
{
	char *new;
	int i;

	if (size < 1 || size > 10000)
		return -EINVAL;
	if (size < m->count)
		return -EBUSY;
	new = kmalloc(size, GFP_KERNEL);
	memset(new, 0, size);
	for (i = 0; i < m->count; i++)
		new[i] = m->buf[(m->head + i) % m->size];
	kfree(m->buf);
	m->buf = new;
	m->head = 0;
	m->size = size;
	wake_up(&m->not_full);
	return 0;
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t len)
{
	int size, err;

	err = kstrtoint(buf, 10, &size);
	if (err)
		return err;
	mutex_lock(&asee.mutex);
	err = resize(&asee, size);
	mutex_unlock(&asee.mutex);
	if (err) {
		pr_err("asee_mod: resize to %d: error %d\n", size, err);
		return err;
	}
	return len;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int count;

	mutex_lock(&asee.mutex);
	count = asee.count;
	mutex_unlock(&asee.mutex);
	return sysfs_emit(buf, "%d\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static int major;
static struct class *asee_class;
static struct kobject *asee_kobj;

static int __init asee_init(void)
{
	mutex_init(&asee.mutex);
	init_waitqueue_head(&asee.not_empty);
	init_waitqueue_head(&asee.not_full);
	asee.size = 16;
	asee.buf = kmalloc(asee.size, GFP_KERNEL);
	if (!asee.buf)
		return -ENOMEM;

	major = register_chrdev(0, DEVICE_NAME, &asee_fops);
	if (major < 0) {
		kfree(asee.buf);
		return major;
	}
	asee_class = class_create(CLASS_NAME);
	device_create(asee_class, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);

	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj ||
	    sysfs_create_file(asee_kobj, &size_attr.attr) ||
	    sysfs_create_file(asee_kobj, &count_attr.attr))
		pr_warn("asee_mod: no sysfs\n");
	return 0;
}

static void __exit asee_exit(void)
{
	kobject_put(asee_kobj);
	device_destroy(asee_class, MKDEV(major, 0));
	class_destroy(asee_class);
	unregister_chrdev(major, DEVICE_NAME);
	kfree(asee.buf);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
