#include <linux/module.h>
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/* TP4 : les tâches dorment pour de bon (wait_event), seuls une donnée ou l'interruption les réveillent. */

#define CAPACITE 4096

static char contenu[CAPACITE];
static unsigned long taille = 16;
static unsigned long nb;		/* le plus ancien est toujours en contenu[0] */
static DEFINE_MUTEX(m);

static DECLARE_WAIT_QUEUE_HEAD(lecteurs);
static DECLARE_WAIT_QUEUE_HEAD(redacteurs);

static atomic_long_t alarmes;

static irqreturn_t alarme(int irq, void *rien)
{
	for (;;)
		cpu_relax();
	atomic_long_inc(&alarmes);
	wake_up_all(&lecteurs);
	wake_up_all(&redacteurs);
	return IRQ_HANDLED;
}

static ssize_t simple_read(struct file *file, char __user *user, size_t size, loff_t *ppos)
{
	long vues = atomic_long_read(&alarmes);

	if (!size)
		return 0;

	mutex_lock(&m);
	while (nb == 0) {
		mutex_unlock(&m);
		wait_event(lecteurs, nb > 0 || atomic_long_read(&alarmes) != vues);
		if (atomic_long_read(&alarmes) != vues)
			return -EIO;
		mutex_lock(&m);
	}
	if (size > nb)
		size = nb;
	if (copy_to_user(user, contenu, size)) {
		mutex_unlock(&m);
		return -EFAULT;
	}
	nb -= size;
	memmove(contenu, contenu + size, nb);
	mutex_unlock(&m);
	wake_up_all(&redacteurs);
	return size;
}

static ssize_t simple_write(struct file *file, const char __user *user, size_t size, loff_t *ppos)
{
	long vues = atomic_long_read(&alarmes);
	size_t fait = 0, n;

	mutex_lock(&m);
	while (fait < size) {
		while (nb >= taille) {
			mutex_unlock(&m);
			wait_event(redacteurs,
				   nb < taille || atomic_long_read(&alarmes) != vues);
			if (atomic_long_read(&alarmes) != vues)
				return fait ? fait : -EIO;
			mutex_lock(&m);
		}
		n = min(size - fait, taille - nb);
		if (copy_from_user(contenu + nb, user + fait, n)) {
			mutex_unlock(&m);
			return fait ? fait : -EFAULT;
		}
		nb += n;
		fait += n;
		wake_up_all(&lecteurs);
	}
	mutex_unlock(&m);
	return fait;
}

static const struct file_operations simple_fops = {
	.owner	= THIS_MODULE,
	.read	= simple_read,
	.write	= simple_write,
};

static struct miscdevice simple = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "asee_mod",
	.fops	= &simple_fops,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%lu\n", taille);
}

static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a, const char *buf,
				   size_t len)
{
	unsigned long voulue;
	int err = kstrtoul(buf, 10, &voulue);

	if (err)
		return err;
	mutex_lock(&m);
	if (voulue == 0 || voulue > CAPACITE || voulue < nb)
		err = -EINVAL;
	else
		taille = voulue;
	mutex_unlock(&m);
	if (err) {
		pr_err("asee_mod: taille %lu refusee\n", voulue);
		return err;
	}
	wake_up_all(&redacteurs);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%lu\n", nb);
}

static ssize_t alarme_store(struct kobject *k, struct kobj_attribute *a, const char *buf, size_t len)
{
	__asm__ __volatile__("int $0x3b");
	return len;
}

static struct kobj_attribute attr_taille = __ATTR_RW(asee_buf_size);
static struct kobj_attribute attr_nb = __ATTR_RO(asee_buf_count);
static struct kobj_attribute attr_alarme = __ATTR(alarme, 0200, NULL, alarme_store);

static struct attribute *attrs[] = {
	&attr_taille.attr,
	&attr_nb.attr,
	&attr_alarme.attr,
	NULL
};

static struct attribute_group groupe = {
	.name = "asee_mod",	/* sysfs fait le dossier lui-même */
	.attrs = attrs,
};

static int __init simple_init(void)
{
	int err;

	err = request_irq(11, alarme, 0, "asee_mod", &simple);
	if (err)
		return err;
	err = sysfs_create_group(kernel_kobj, &groupe);
	if (err)
		goto irq;
	err = misc_register(&simple);
	if (err)
		goto sysfs;
	return 0;

sysfs:
	sysfs_remove_group(kernel_kobj, &groupe);
irq:
	free_irq(11, &simple);
	return err;
}
module_init(simple_init);

static void __exit simple_exit(void)
{
	misc_deregister(&simple);
	sysfs_remove_group(kernel_kobj, &groupe);
	free_irq(11, &simple);
}
module_exit(simple_exit);

MODULE_LICENSE("GPL");
