/* TP1 + TP2, et le read attend */
#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE TP3");

#define NOM "asee_mod"

static DEFINE_MUTEX(mutex);
static DECLARE_WAIT_QUEUE_HEAD(attente);   /* lecteurs qui attendent un caractere */

static char *buf;
static unsigned asee_buf_size = 16;
static unsigned asee_buf_count;
static unsigned pos_r;

static int major;
static struct class *class;
static struct kobject *ko;

/*
 * Dort jusqu'a un reveil. Appele avec le mutex, rend la main avec le mutex.
 * L'etat est change AVANT de lacher le mutex : un reveil qui arrive entre les deux
 * nous remet en TASK_RUNNING et schedule() revient tout de suite.
 */
static int attendre(wait_queue_head_t *q)
{
	DECLARE_WAITQUEUE(entree, current);

	add_wait_queue(q, &entree);
	set_current_state(TASK_INTERRUPTIBLE);
	mutex_unlock(&mutex);
	schedule();
	remove_wait_queue(q, &entree);
	mutex_lock(&mutex);
	return signal_pending(current) ? -ERESTARTSYS : 0;
}

static ssize_t asee_read(struct file *f, char __user *u, size_t len, loff_t *off)
{
	size_t n = 0;
	int err = 0;

	mutex_lock(&mutex);
	while (len && !asee_buf_count) {
		err = attendre(&attente);
		if (err)
			goto fini;
	}
	while (n < len && asee_buf_count) {
		if (put_user(buf[pos_r], u + n)) {
			err = -EFAULT;
			break;
		}
		pos_r = (pos_r + 1) % asee_buf_size;
		asee_buf_count--;
		n++;
	}
fini:
	mutex_unlock(&mutex);
	return n ? n : err;
}

static ssize_t asee_write(struct file *f, const char __user *u, size_t len, loff_t *off)
{
	size_t n = 0;
	int err = 0;
	char c;

	mutex_lock(&mutex);
	while (n < len) {
		if (get_user(c, u + n)) {
			err = -EFAULT;
			break;
		}
		buf[(pos_r + asee_buf_count) % asee_buf_size] = c;
		if (asee_buf_count == asee_buf_size)
			pos_r = (pos_r + 1) % asee_buf_size;    /* plein : le plus vieux s'en va */
		else
			asee_buf_count++;
		n++;
		wake_up_interruptible(&attente);
	}
	mutex_unlock(&mutex);
	return n ? n : err;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t sh_size(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%u\n", asee_buf_size);
}

static ssize_t st_size(struct kobject *k, struct kobj_attribute *a, const char *b, size_t c)
{
	unsigned v, i;
	char *nb;
	int r = kstrtouint(b, 10, &v);

	if (r)
		return r;
	if (v == 0 || v > 1000000)
		return -EINVAL;

	mutex_lock(&mutex);
	r = c;
	if (v < asee_buf_count) {
		pr_err(NOM ": trop petit\n");
		r = -EINVAL;
	} else if (!(nb = kmalloc(v, GFP_KERNEL))) {
		r = -ENOMEM;
	} else {
		for (i = 0; i < asee_buf_count; i++)
			nb[i] = buf[(pos_r + i) % asee_buf_size];
		kfree(buf);
		buf = nb;
		pos_r = 0;
		asee_buf_size = v;
	}
	mutex_unlock(&mutex);
	return r;
}

static ssize_t sh_count(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%u\n", asee_buf_count);
}

static struct kobj_attribute at1 = __ATTR(asee_buf_size, 0664, sh_size, st_size);
static struct kobj_attribute at2 = __ATTR(asee_buf_count, 0444, sh_count, NULL);

static int __init m_init(void)
{
	buf = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	major = register_chrdev(0, NOM, &fops);
	if (major < 0) {
		kfree(buf);
		return major;
	}
	ko = kobject_create_and_add(NOM, kernel_kobj);
	if (!ko || sysfs_create_file(ko, &at1.attr) || sysfs_create_file(ko, &at2.attr)) {
		kobject_put(ko);
		unregister_chrdev(major, NOM);
		kfree(buf);
		return -ENOMEM;
	}
	class = class_create(NOM);
	device_create(class, NULL, MKDEV(major, 0), NULL, NOM);
	return 0;
}

static void __exit m_exit(void)
{
	device_destroy(class, MKDEV(major, 0));
	class_destroy(class);
	kobject_put(ko);
	unregister_chrdev(major, NOM);
	kfree(buf);
}

module_init(m_init);
module_exit(m_exit);
