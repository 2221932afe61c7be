-- Whether a metric has a row for each window of awards that is a period; place funds have one window of their own.
create macro is_windowed(metric_id) as
    (metric_id like 'fun%' and metric_id not like 'fun_place%')
    or metric_id like 'eq%funding%'
    or metric_id = 'bal_money';
