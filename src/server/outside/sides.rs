//! Where the channels say how the customers' sides stand, one after the other, to those who look at the cases.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use crate::domain::ids::CaseId;
use crate::domain::scope::Scope;
use crate::domain::side::Side;
use crate::server::Hub;

/// One thing said of one side; `None` is over.
pub type Said = (CaseId, Option<Side>);

/// Tells what is said until it is told to stop.
pub async fn tell_sides(hub: Arc<Hub>, mut said: UnboundedReceiver<Said>, mut stop: watch::Receiver<bool>) {
    loop {
        let (case, side) = tokio::select! {
            next = said.recv() => match next { Some(next) => next, None => return },
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let queue = hub.core.run(move |inside| inside.state.case(case).map(|c| c.queue)).await;
        match (queue.ok().flatten(), side) {
            (Some(queue), Some(side)) => hub.looks.set_side(case, Scope::History(queue), side),
            _ => hub.looks.forget_side(case),
        }
    }
}
