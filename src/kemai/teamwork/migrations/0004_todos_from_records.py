from django.db import migrations

# The next contact that the latest record of each customer plans; whose it is says teamwork/rules.py: who_follows_up.
FROM_RECORDS = """
INSERT INTO teamwork_todo (version, created_at, updated_at, created_by_id, interaction_id, customer_id, employee_id, text, due_at, ticked)
SELECT 1, one.created_at, one.created_at, one.employee_id, one.id, one.customer_id,
    CASE WHEN (SELECT max(moved.at) FROM customers_ownershipchange moved WHERE moved.customer_id = one.customer_id) > one.created_at
        THEN customer.owner_id ELSE one.employee_id END,
    CASE WHEN one.next_step <> '' THEN one.next_step
        ELSE '联系' || coalesce(contact.name, '') || CASE WHEN contact.name <> '' AND one.contact_name <> '' THEN '、' ELSE '' END || one.contact_name END,
    one.next_contact_at, FALSE
FROM teamwork_interaction one
JOIN customers_customer customer ON customer.id = one.customer_id
LEFT JOIN customers_contact contact ON contact.id = one.contact_id
WHERE one.next_contact_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM teamwork_interaction later WHERE later.customer_id = one.customer_id
    AND (later.occurred_at > one.occurred_at OR (later.occurred_at = one.occurred_at AND later.id > one.id)))
"""


class Migration(migrations.Migration):
    dependencies = [("teamwork", "0003_todos")]

    operations = [migrations.RunSQL(FROM_RECORDS, migrations.RunSQL.noop)]
