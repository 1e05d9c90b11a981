/* TP1 - Architecture des Systèmes d'Exploitation Évolués
 * Un périphérique caractère ; un seul processus à la fois.
 */
#include <linux/atomic.h>
#include <linux/cdev.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#define SUCCESS 0
#define DEVICE_NAME "asee_mod"
#define BUF_LEN 16

enum {
	CDEV_NOT_USED = 0,
	CDEV_EXCLUSIVE_OPEN = 1,
};

static int major;
static atomic_t already_open = ATOMIC_INIT(CDEV_NOT_USED);
static struct class *cls;

static char tampon[BUF_LEN];
static int tete, taille;

/* Appelée quand un processus ouvre /dev/asee_mod */
static int device_open(struct inode *inode, struct file *file)
{
	if (atomic_cmpxchg(&already_open, CDEV_NOT_USED, CDEV_EXCLUSIVE_OPEN))
		return -EBUSY;

	try_module_get(THIS_MODULE);
	return SUCCESS;
}

/* Appelée à la fermeture */
static int device_release(struct inode *inode, struct file *file)
{
	atomic_set(&already_open, CDEV_NOT_USED);
	module_put(THIS_MODULE);
	return SUCCESS;
}

/* cat : on vide le tampon, caractère par caractère */
static ssize_t device_read(struct file *filp, char __user *buffer, size_t length, loff_t *offset)
{
	int lus = 0;

	if (taille == 0)
		return 0;

	while (length > 0 && taille > 0) {
		put_user(tampon[tete], buffer++);
		tete = (tete + 1) % BUF_LEN;
		taille--;
		length--;
		lus++;
	}
	*offset += lus;
	return lus;
}

/* echo : on ajoute à la fin, en écrasant les plus vieux */
static ssize_t device_write(struct file *filp, const char __user *buff, size_t len, loff_t *off)
{
	size_t i;

	for (i = 0; i < len; ++i) {
		char c;

		get_user(c, buff + i);
		if (taille == BUF_LEN) {
			tete = (tete + 1) % BUF_LEN;
			taille--;
		}
		tampon[(tete + taille) % BUF_LEN] = c;
		taille++;
	}
	pr_info("asee_mod : %zu caracteres, il y en a %d\n", len, taille);
	return len;
}

static struct file_operations chardev_fops = {
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

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	cls = class_create(DEVICE_NAME);
#else
	cls = class_create(THIS_MODULE, DEVICE_NAME);
#endif
	device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);

	return SUCCESS;
}

static void __exit chardev_exit(void)
{
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);

	/* Unregister the device */
	unregister_chrdev(major, DEVICE_NAME);
}

module_init(chardev_init);
module_exit(chardev_exit);

MODULE_LICENSE("GPL");
