//! Merging customers and taking them apart.

use super::{Context, Decision, check_line};
use crate::domain::event::Event;
use crate::domain::ids::CustomerId;
use crate::domain::kin::{MOST, MergedCustomer};
use crate::domain::people::Customer;
use crate::domain::refusal::Refusal;

fn known<'a>(ctx: &'a Context, id: CustomerId) -> Result<&'a Customer, Refusal> {
    ctx.state.customer(id).ok_or_else(|| Refusal::gone(tk!("this customer")))
}

/// Whoever says that two are one says why.
pub(super) fn merge(ctx: &Context, id: CustomerId, into: CustomerId, reason: &str) -> Decision {
    let me = ctx.me()?;
    let (customer, into) = (known(ctx, id)?, known(ctx, ctx.state.customer_root(into))?);
    check_line(tk!("reason"), reason)?;
    if into.id == ctx.state.customer_root(id) {
        if customer.merged.is_some() {
            return Ok(Vec::new());
        }
        return Err(Refusal::invalid(tk!("merge"), tk!("they are one customer already; choose another")));
    }
    if let Some(merged) = &customer.merged {
        let name = ctx.state.customer(merged.into).map_or_else(String::new, |c| c.name.clone());
        return Err(Refusal::WrongPhase {
            what: tf!("merge {name}", name = customer.name),
            because: tf!("they are merged into {name} already; unmerge them first", name),
        });
    }
    if reason.trim().is_empty() {
        return Err(Refusal::invalid(tk!("merge"), tk!("it needs a reason; say why they are one person")));
    }
    if ctx.state.kin(id).len() + ctx.state.kin(into.id).len() > MOST {
        let because = tf!("at most {most} customers can be one", most = MOST);
        return Err(Refusal::invalid(tk!("merge"), because));
    }
    let merged = MergedCustomer { into: into.id, by: me.id, at: ctx.now, reason: reason.trim().to_owned() };
    Ok(vec![Event::CustomersMerged { customer: id, merged: Box::new(merged) }])
}

pub(super) fn unmerge(ctx: &Context, id: CustomerId) -> Decision {
    let Some(merged) = &known(ctx, id)?.merged else { return Ok(Vec::new()) };
    Ok(vec![Event::CustomerUnmerged { customer: id, from: merged.into, at: ctx.now }])
}

/// A customer who came in was merged elsewhere.
pub(super) fn import(ctx: &Context, id: CustomerId, merged: &MergedCustomer) -> Decision {
    let (customer, into) = (known(ctx, id)?, known(ctx, merged.into)?);
    check_line("reason", &merged.reason)?;
    ctx.known_agent(merged.by)?;
    match &customer.merged {
        Some(here) if **here == *merged => return Ok(Vec::new()),
        Some(_) => return Err(Refusal::Exists { what: format!("what customer {id} was merged into") }),
        None => {}
    }
    if ctx.state.customer_root(into.id) == id {
        return Err(Refusal::invalid("customer", "it cannot be merged into itself"));
    }
    if ctx.state.kin(id).len() + ctx.state.kin(into.id).len() > MOST {
        return Err(Refusal::invalid("customer", format!("at most {MOST} can be one")));
    }
    Ok(vec![Event::CustomersMerged { customer: id, merged: Box::new(merged.clone()) }])
}
