//! What `cordboard load` understands.

use clap::Args;

/// `cordboard load`.
#[derive(Debug, Clone, Args)]
pub struct Load {
    /// Desks that connect
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub desks: u32,
    /// Customers who come in a minute [default: 18 for each 100 desks]
    #[arg(long, value_name = "N")]
    pub customers: Option<u32>,
    /// Customers in web chats, all at once, who talk for as long
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub chats: u32,
    /// For how long they come, seconds
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub seconds: u32,
    /// Of the desks, those that open a connection and never read
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub stuck: u32,
    /// Of the desks, those that read one message a second
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub slow: u32,
    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
}
