/*
 * Un moniteur, comme en cours : un mutex et deux "variables de condition".
 *
 * cond_wait() relache le mutex pendant le sommeil et le reprend au reveil, la condition est toujours
 * evaluee avec le mutex.
 */
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
	wait_event_cmd(queue, condition, mutex_unlock(mutex), mutex_lock(mutex))
#define cond_broadcast(queue) wake_up_all(queue)

#define CLASS_NAME "asee_monitor"
#define DEVICE_NAME "asee_mod"

struct monitor {
	struct mutex mutex;
	wait_queue_head_t not_empty;
	wait_queue_head_t not_full;
	char *buf;
	int size;
	int count;
	int begin;
};

static struct monitor mon;

static int get_chars(struct monitor *m, char __user *dst, int max)
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

static int put_chars(struct monitor *m, const char __user *src, int max)
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

static ssize_t mon_read(struct file *file, char __user *buf, size_t len, loff_t *off)
{
	if (len == 0)
		return 0;
	return get_chars(&mon, buf, min_t(size_t, len, 4096));
}

static ssize_t mon_write(struct file *file, const char __user *buf, size_t len, loff_t *off)
{
	if (len == 0)
		return 0;
	return put_chars(&mon, buf, min_t(size_t, len, 4096));
}

static struct file_operations mon_fops = {
	.owner	= THIS_MODULE,
	.read	= mon_read,
	.write	= mon_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int size;

	mutex_lock(&mon.mutex);
	size = mon.size;
	mutex_unlock(&mon.mutex);
	return sysfs_emit(buf, "%d\n", size);
}

static int resize(struct monitor *m, int size)
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
	mutex_lock(&mon.mutex);
	err = resize(&mon, size);
	mutex_unlock(&mon.mutex);
	if (err) {
		pr_err("asee_mod: resize to %d: error %d\n", size, err);
		return err;
	}
	return len;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int count;

	mutex_lock(&mon.mutex);
	count = mon.count;
	mutex_unlock(&mon.mutex);
	return sysfs_emit(buf, "%d\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static int major;
static struct class *mon_class;
static struct kobject *mon_kobj;

static int __init mon_init(void)
{
	mutex_init(&mon.mutex);
	init_waitqueue_head(&mon.not_empty);
	init_waitqueue_head(&mon.not_full);
	mon.size = 16;
	mon.buf = kmalloc(mon.size, GFP_KERNEL);
	if (!mon.buf)
		return -ENOMEM;

	major = register_chrdev(0, DEVICE_NAME, &mon_fops);
	if (major < 0) {
		kfree(mon.buf);
		return major;
	}
	mon_class = class_create(CLASS_NAME);
	device_create(mon_class, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);

	mon_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!mon_kobj ||
	    sysfs_create_file(mon_kobj, &size_attr.attr) ||
	    sysfs_create_file(mon_kobj, &count_attr.attr))
		pr_warn("asee_mod: no sysfs\n");
	return 0;
}

static void __exit mon_exit(void)
{
	kobject_put(mon_kobj);
	device_destroy(mon_class, MKDEV(major, 0));
	class_destroy(mon_class);
	unregister_chrdev(major, DEVICE_NAME);
	kfree(mon.buf);
}

module_init(mon_init);
module_exit(mon_exit);
MODULE_LICENSE("GPL");
