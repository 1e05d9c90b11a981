/* TP3, avec des traces partout */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define TAILLE 16
#define LOT 32	/* au plus par read */

static char *zone;
static unsigned int taille = TAILLE, deb, compte;
static DEFINE_MUTEX(mutex);
static DEFINE_SEMAPHORE(vides, TAILLE);
static DEFINE_SEMAPHORE(pleins, 0);

static int majeur;
static struct class *classe;
static struct kobject *rep;

static ssize_t dev_lire(struct file *f, char __user *u, size_t len, loff_t *off)
{
	char lot[LOT];
	unsigned int pris, i;

	if (!len)
		return 0;
	/* on dort pour le premier seulement, les autres sont en prime */
	pr_info("[%d] read: P(pleins)\n", current->pid);
	if (down_interruptible(&pleins))
		return -ERESTARTSYS;
	pr_info("[%d] read: reveille\n", current->pid);
	for (pris = 1; pris < len && pris < LOT; pris++)
		if (down_trylock(&pleins))
			break;

	mutex_lock(&mutex);
	for (i = 0; i < pris; i++) {
		lot[i] = zone[deb];
		pr_info("[%d] lit %02x a la place %u\n", current->pid, lot[i], deb);
		deb = (deb + 1) % taille;
	}
	compte -= pris;
	mutex_unlock(&mutex);

	for (i = 0; i < pris; i++)
		up(&vides);
	if (copy_to_user(u, lot, pris))
		return -EFAULT;
	return pris;
}

static ssize_t dev_ecrire(struct file *f, const char __user *u, size_t len, loff_t *off)
{
	size_t fait;
	char c;

	for (fait = 0; fait < len; fait++) {
		if (get_user(c, u + fait))
			return fait ? fait : -EFAULT;
		pr_info("[%d] write: P(vides)\n", current->pid);
		if (down_interruptible(&vides))
			return fait ? fait : -ERESTARTSYS;
		mutex_lock(&mutex);
		zone[(deb + compte) % taille] = c;
		pr_info("[%d] ecrit %02x a la place %u\n", current->pid, c, (deb + compte) % taille);
		compte++;
		mutex_unlock(&mutex);
		up(&pleins);
	}
	return fait;
}

static const struct file_operations dev_ops = {
	.owner = THIS_MODULE,
	.read = dev_lire,
	.write = dev_ecrire,
};

static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sprintf(page, "%u\n", taille);
}

/* Reduire : il faut prendre (sans dormir) autant de places vides. Agrandir : en rendre. */
static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a,
				   const char *page, size_t len)
{
	unsigned int voulue, ancienne, prises = 0, i;
	char *neuf;

	if (kstrtouint(page, 0, &voulue) || voulue == 0 || voulue > 100000)
		return -EINVAL;
	neuf = kmalloc(voulue, GFP_KERNEL);
	if (!neuf)
		return -ENOMEM;

	mutex_lock(&mutex);
	ancienne = taille;
	while (ancienne - prises > voulue && ancienne > voulue) {
		if (down_trylock(&vides)) {
			/* pas assez de places vides : on rend tout */
			while (prises--)
				up(&vides);
			mutex_unlock(&mutex);
			kfree(neuf);
			pr_err("asee_mod: trop de caracteres pour une taille de %u\n", voulue);
			return -EBUSY;
		}
		prises++;
	}
	for (i = 0; i < compte; i++)
		neuf[i] = zone[(deb + i) % taille];
	swap(zone, neuf);
	deb = 0;
	taille = voulue;
	mutex_unlock(&mutex);
	kfree(neuf);

	for (; ancienne < voulue; ancienne++)
		up(&vides);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *page)
{
	return sprintf(page, "%u\n", compte);
}

static struct kobj_attribute attr_taille = __ATTR_RW(asee_buf_size);
static struct kobj_attribute attr_nb = __ATTR_RO(asee_buf_count);

static int __init debut_module(void)
{
	zone = kmalloc(taille, GFP_KERNEL);
	if (!zone)
		return -ENOMEM;
	rep = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!rep) {
		kfree(zone);
		return -ENOMEM;
	}
	if (sysfs_create_file(rep, &attr_taille.attr) ||
	    sysfs_create_file(rep, &attr_nb.attr)) {
		kobject_put(rep);
		kfree(zone);
		return -ENOMEM;
	}
	majeur = register_chrdev(0, "asee_mod", &dev_ops);
	if (majeur < 0) {
		kobject_put(rep);
		kfree(zone);
		return majeur;
	}
	classe = class_create("asee_mod");
	device_create(classe, NULL, MKDEV(majeur, 0), NULL, "asee_mod");
	return 0;
}

static void __exit fin_module(void)
{
	device_destroy(classe, MKDEV(majeur, 0));
	class_destroy(classe);
	unregister_chrdev(majeur, "asee_mod");
	kobject_put(rep);
	kfree(zone);
}

module_init(debut_module);
module_exit(fin_module);
MODULE_LICENSE("GPL");
