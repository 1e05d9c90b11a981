/*
 * chardev.c - TP1 ASEE : buffer circulaire de 16 caracteres
 *
 * Structure de la section 6.5 du livre, plus device_write().
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#define DEVICE_NAME "asee_mod"
#define BUF_LEN 16

static int device_open(struct inode *, struct file *);
static int device_release(struct inode *, struct file *);
static ssize_t device_read(struct file *, char __user *, size_t, loff_t *);
static ssize_t device_write(struct file *, const char __user *, size_t, loff_t *);

static int major;
static struct class *cls;

static char msg[BUF_LEN];
static int first = 0; /* le plus ancien */
static int last = 0;  /* prochaine case libre */
static int nb = 0;    /* nombre de caracteres */

static struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.read = device_read,
	.write = device_write,
	.open = device_open,
	.release = device_release,
};

static int __init chardev_init(void)
{
	major = register_chrdev(0, DEVICE_NAME, &chardev_fops);
	if (major < 0) {
		pr_alert("Registering char device failed with %d\n", major);
		return major;
	}
	pr_info("I was assigned major number %d.\n", major);

	cls = class_create(DEVICE_NAME);
	device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	return major; /* the book returns SUCCESS here */
}

static void __exit chardev_exit(void)
{
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);
}

static int device_open(struct inode *inode, struct file *file)
{
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	return 0;
}

static ssize_t device_read(struct file *filp, char __user *buffer,
			   size_t length, loff_t *offset)
{
	int bytes_read = 0;

	while (length && nb > 0) {
		if (put_user(msg[first], buffer))
			return bytes_read ? bytes_read : -EFAULT;
		buffer++;
		first = (first + 1) % BUF_LEN;
		nb--;
		length--;
		bytes_read++;
	}
	return bytes_read;
}

static ssize_t device_write(struct file *filp, const char __user *buff,
			    size_t len, loff_t *off)
{
	size_t i;
	char c;

	for (i = 0; i < len; i++) {
		if (get_user(c, buff + i))
			return -EFAULT;
		/* on ne garde pas le '\n' de echo */
		if (c == '\n' && i == len - 1)
			break;
		msg[last] = c;
		last = (last + 1) % BUF_LEN;
		if (nb == BUF_LEN)
			first = (first + 1) % BUF_LEN; /* plein : on ecrase */
		else
			nb++;
	}
	return len;
}

module_init(chardev_init);
module_exit(chardev_exit);

MODULE_LICENSE("GPL");
