// SPDX-License-Identifier: GPL-2.0
/* ASEE, TP3 */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

struct fifo {
	char *octets;
	int capacite;
	int debut;	/* prochain a lire */
	int fin_donnees;	/* prochain a ecrire */
	int nombre;
};

static struct fifo fifo = { .capacite = 16 };
static struct mutex fifo_mutex;
static wait_queue_head_t attente_lecture;
static wait_queue_head_t attente_ecriture;

static ssize_t fifo_read(struct file *fichier, char __user *dest, size_t n, loff_t *pos)
{
	char paquet[50];
	int lus = 0;

	if (n == 0)
		return 0;

	while (lus == 0) {
		if (wait_event_interruptible(attente_lecture, fifo.nombre > 0))
			return -ERESTARTSYS;
		mutex_lock(&fifo_mutex);
		while (fifo.nombre > 0 && lus < n && lus < (int)sizeof(paquet)) {
			paquet[lus++] = fifo.octets[fifo.debut];
			if (++fifo.debut == fifo.capacite)
				fifo.debut = 0;
			fifo.nombre--;
		}
		mutex_unlock(&fifo_mutex);
	}
	/* la place est libre meme si la copie echoue */
	wake_up(&attente_ecriture);

	if (copy_to_user(dest, paquet, lus))
		return -EFAULT;
	return lus;
}

static ssize_t fifo_write(struct file *fichier, const char __user *src, size_t n, loff_t *pos)
{
	size_t ecrits = 0;
	size_t a_ecrire = n;
	char c;

	/* echo ajoute un retour a la ligne : on ne le stocke pas */
	if (n > 0) {
		if (get_user(c, src + n - 1))
			return -EFAULT;
		if (c == '\n')
			a_ecrire = n - 1;
	}

	/* on attend une place, puis on met ce qui tient : l'appelant ecrira le reste */
	while (ecrits == 0 && a_ecrire > 0) {
		if (wait_event_interruptible(attente_ecriture, fifo.nombre < fifo.capacite))
			return -ERESTARTSYS;
		mutex_lock(&fifo_mutex);
		while (ecrits < a_ecrire && fifo.nombre < fifo.capacite) {
			if (get_user(c, src + ecrits)) {
				mutex_unlock(&fifo_mutex);
				wake_up(&attente_lecture);
				return ecrits ? ecrits : -EFAULT;
			}
			fifo.octets[fifo.fin_donnees] = c;
			if (++fifo.fin_donnees == fifo.capacite)
				fifo.fin_donnees = 0;
			fifo.nombre++;
			ecrits++;
		}
		mutex_unlock(&fifo_mutex);
		wake_up(&attente_lecture);
	}
	return ecrits == a_ecrire ? n : ecrits;
}

static const struct file_operations fifo_fops = {
	.owner = THIS_MODULE,
	.read = fifo_read,
	.write = fifo_write,
};

static struct miscdevice fifo_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &fifo_fops,
};

static ssize_t taille_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int t;

	mutex_lock(&fifo_mutex);
	t = fifo.capacite;
	mutex_unlock(&fifo_mutex);
	return sprintf(buf, "%d\n", t);
}

static ssize_t taille_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	int t, i, err;
	char *d;

	err = kstrtoint(buf, 10, &t);
	if (err < 0)
		return err;
	if (t < 1 || t > 4096) {
		pr_err("asee_mod : capacite %d refusee\n", t);
		return -EINVAL;
	}

	mutex_lock(&fifo_mutex);
	if (t < fifo.nombre) {
		pr_err("asee_mod : il y a deja %d caracteres\n", fifo.nombre);
		err = -EINVAL;
		goto fin;
	}
	d = kzalloc(t, GFP_KERNEL);
	if (d == NULL)
		return -ENOMEM;
	for (i = 0; i < fifo.nombre; i++)
		d[i] = fifo.octets[(fifo.debut + i) % fifo.capacite];
	kfree(fifo.octets);
	fifo.octets = d;
	fifo.capacite = t;
	fifo.debut = 0;
	fifo.fin_donnees = fifo.nombre % t;
	err = count;
fin:
	mutex_unlock(&fifo_mutex);
	wake_up(&attente_ecriture);
	return err;
}

static ssize_t nombre_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int n;

	mutex_lock(&fifo_mutex);
	n = fifo.nombre;
	mutex_unlock(&fifo_mutex);
	return sprintf(buf, "%d\n", n);
}

static struct kobj_attribute attr_taille = __ATTR(asee_buf_size, 0644, taille_show, taille_store);
static struct kobj_attribute attr_nombre = __ATTR(asee_buf_count, 0444, nombre_show, NULL);
static struct kobject *fifo_kobj;

static int __init fifo_init(void)
{
	int err;

	mutex_init(&fifo_mutex);
	init_waitqueue_head(&attente_lecture);
	init_waitqueue_head(&attente_ecriture);

	fifo.octets = kzalloc(fifo.capacite, GFP_KERNEL);
	if (!fifo.octets)
		return -ENOMEM;
	fifo_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!fifo_kobj) {
		err = -ENOMEM;
		goto libere;
	}
	err = sysfs_create_file(fifo_kobj, &attr_taille.attr);
	if (err)
		goto enleve;
	err = sysfs_create_file(fifo_kobj, &attr_nombre.attr);
	if (err)
		goto enleve;
	err = misc_register(&fifo_misc);
	if (err)
		goto enleve;
	return 0;

enleve:
	kobject_put(fifo_kobj);
libere:
	kfree(fifo.octets);
	return err;
}

static void __exit fifo_exit(void)
{
	misc_deregister(&fifo_misc);
	kobject_put(fifo_kobj);
	kfree(fifo.octets);
}

module_init(fifo_init);
module_exit(fifo_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("M2 Info");
